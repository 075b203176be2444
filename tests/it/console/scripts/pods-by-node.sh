#!/usr/bin/env bash
# Counts the ready pods of each node.
set -euo pipefail

declare -A ready=()
declare -A total=()

while read -r name state node; do
  node="${node:-unscheduled}"
  total["$node"]=$((${total["$node"]:-0} + 1))
  if [[ "$state" == "true" ]]; then
    ready["$node"]=$((${ready["$node"]:-0} + 1))
  else
    echo "not ready: $name" >&2
  fi
done < <(kubectl get pods -o json |
  jq -r '.items[] | [.metadata.name, .status.containerStatuses[0].ready, .spec.nodeName] | @tsv')

for node in $(printf '%s\n' "${!total[@]}" | sort); do
  printf '%-45s %d/%d\n' "$node" "${ready["$node"]:-0}" "${total["$node"]}"
done
