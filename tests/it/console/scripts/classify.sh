#!/usr/bin/env bash
# Sorts the changes of the day into kinds, and counts each.
set -euo pipefail

migrations=0 deploys=0 others=0
while read -r id _ kind state _; do
  case "$kind" in
    migration)
      migrations=$((migrations + 1))
      [[ "$state" =~ ^(applied|applying)$ ]] && echo "$id is in: ${BASH_REMATCH[1]}"
      ;;
    deploy | release) ((++deploys)) ;;
    KIND) ;;
    *)
      others=$((others + 1))
      echo "$id: what is '$kind'?" >&2
      ;;
  esac
done <<< "$(changes list)"

if ((migrations > deploys)); then
  echo "mostly migrations ($migrations)"
elif ((deploys > 0)); then
  echo "mostly deploys ($deploys)"
else
  echo "nothing"
fi
echo "others: $others"
