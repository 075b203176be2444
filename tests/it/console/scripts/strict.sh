#!/usr/bin/env bash
# What set -e, -u and pipefail do: the last lines are never reached.
set -euo pipefail

if grep -q nothing <<< "something"; then
  echo "unexpected"
fi
false || echo "a failure that is minded is none"
count="$(printf 'a\nb\n' | grep -c z || true)"
echo "count is $count"

check() {
  echo "in check"
  false
  echo "not printed"
}

(
  set +e
  check
  echo "printed: -e is off in here"
)
trap 'echo "ended with $?"' EXIT
grep -c x /dev/null | cat
echo "not reached: the pipe failed"
