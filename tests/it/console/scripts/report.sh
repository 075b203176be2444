#!/bin/sh
# A status report in POSIX sh.
set -eu

heading() {
  printf '== %s\n' "$1"
}

severity=${SEVERITY:-none}
host=$(hostname)

heading "status of ${host%%.*}"
cat <<REPORT
time:     $(date +%H:%M)
severity: $severity
firing:   $(alerts | grep -c firing || :)
REPORT

heading "servers"
for server in pg-1 pg-2; do
  role=$(psql -h "$server" -At -c "SELECT CASE WHEN pg_is_in_recovery() THEN 'replica' ELSE 'primary' END")
  [ "$role" = primary ] && mark='*' || mark=' '
  printf '%s %s %s\n' "$mark" "$server" "$role"
done
heading "done" >&2
