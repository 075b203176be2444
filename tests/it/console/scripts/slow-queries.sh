#!/usr/bin/env bash
# The statements that cost most, as a list with bars.
set -euo pipefail
IFS=$'\n\t'

bar() {
  local -i width=$1
  local text=""
  while ((width-- > 0)); do
    text+="#"
  done
  printf '%s' "$text"
}

query="SELECT calls, left(query, 30) FROM pg_stat_statements ORDER BY calls DESC LIMIT 3"
rows=()
while IFS='|' read -r calls text; do
  rows+=("$calls|$text")
done < <(psql -At -F '|' -c "$query")

echo "${#rows[@]} statements"
for row in "${rows[@]}"; do
  calls="${row%%|*}"
  digits="${#calls}"
  printf '%8d %-6s %s\n' "$calls" "$(bar "$digits")" "${row#*|}"
done
