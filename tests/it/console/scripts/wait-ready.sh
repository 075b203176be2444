#!/usr/bin/env bash
# Looks at the web deployment until all of its pods are ready, or for so many turns.
set -eu

readonly deployment="web"
turns="${TURNS:-5}"

for ((turn = 1; turn <= turns; turn++)); do
  ready="$(kubectl get deployment "$deployment" -o jsonpath='{.status.readyReplicas}')"
  wanted="$(kubectl get deployment "$deployment" -o jsonpath='{.spec.replicas}')"
  echo "turn $turn: $ready of $wanted"
  if [ "$ready" -eq "$wanted" ]; then
    echo "ready"
    break
  fi
  sleep 2
done

if [ "$turn" -gt "$turns" ]; then
  echo "gave up" >&2
  exit 1
fi
