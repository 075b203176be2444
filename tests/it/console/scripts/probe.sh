#!/usr/bin/env bash
# Asks several addresses at the same time and tells how each answered.
set -uo pipefail

targets=(http://shop/ http://shop/healthz http://shop/nothere)

probe() {
  local url="$1" code
  code="$(curl -s -o /dev/null -m 5 -w '%{http_code}' "$url")"
  printf '%s %s\n' "$code" "${url#http://}" >> answers.txt
}

: > answers.txt
for url in "${targets[@]}"; do
  probe "$url" &
done
wait

sort answers.txt
bad="$(grep -vc '^200 ' answers.txt || true)"
echo "asked ${#targets[@]}, bad: $bad, last: ${targets[-1]}"
rm answers.txt
