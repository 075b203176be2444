#!/usr/bin/env bash
# Writes tests/it/postgres/sql/expressions.out: what a real PostgreSQL answers to each line of expressions.sql.
# Usage: tests/oracle/expressions.sh BIN_DIRECTORY [--check]; BIN_DIRECTORY holds PostgreSQL 18's initdb and pg_ctl. The
# server listens on a free loopback port only, and is gone afterwards. With --check the file is compared, not written.
set -euo pipefail
bin=${1:?directory of initdb and pg_ctl}
here=$(cd "$(dirname "$0")/../it/postgres/sql" && pwd)
work=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
trap '"$bin/pg_ctl" -D "$work/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
"$bin/initdb" -D "$work/data" --locale=C.UTF-8 -U postgres -E UTF8 >/dev/null
"$bin/pg_ctl" -w -D "$work/data" -l "$work/log" \
    -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c timezone=UTC" start >/dev/null
while IFS= read -r expression; do
    answer=$(psql -X -h 127.0.0.1 -p "$port" -U postgres -At -P null=NULL -c "select $expression" 2>&1 | grep -v -E '^(LINE|HINT|DETAIL|CONTEXT|QUERY| )' | sed ':a;N;$!ba;s/\n/\\n/g')
    printf '%s\t%s\n' "$expression" "$answer"
done <"$here/expressions.sql" >"$work/out"
if [ "${2:-}" = --check ]; then diff "$here/expressions.out" "$work/out"; else cp "$work/out" "$here/expressions.out"; fi
