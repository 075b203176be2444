#!/usr/bin/env bash
# Lets a choice be made from a list, without a person: the answers come from a here-document.
set -euo pipefail

pick() {
  local choice
  select choice in status restart quit; do
    case "${choice:-}" in
      status) kubectl get deployments --no-headers | awk '{print $1, $2}' ;;
      restart) echo "would restart" ;;
      quit) break ;;
      *) echo "no such choice: $REPLY" ;;
    esac
  done
}

pick 2>/dev/null <<'ANSWERS'
1
7
2
3
1
ANSWERS
echo "left with $?"
