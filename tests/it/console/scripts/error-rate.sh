#!/usr/bin/env bash
# Compares the share of 5xx answers of the last minute with a limit.
set -euo pipefail

limit="${1:-5}"
log="$(mktemp)"
trap 'rm -f "$log"; echo "cleaned up"' EXIT

share() {
  local all bad
  all="$(wc -l < "$1")"
  bad="$(awk '$7 >= 500' "$1" | wc -l)"
  if ((all == 0)); then
    echo 0
  else
    echo $((100 * bad / all))
  fi
}

logs lb --since 1m > "$log"
percent="$(share "$log")"
if ((percent > limit)); then
  echo "too many: $percent % of requests fail"
  exit 3
fi
echo "fine: $percent % of requests fail"
