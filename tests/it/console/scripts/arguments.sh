#!/usr/bin/env bash
# Reads options as scripts do, with defaults, and complains about what it doesn't know.
set -euo pipefail

verbose=0
server=pg-1
names=()

parse() {
  while (($# > 0)); do
    case "$1" in
      -v | --verbose) verbose=1 ;;
      -s) server="${2:?-s needs a server}"; shift ;;
      --server=*) server="${1#*=}" ;;
      --) shift; names+=("$@"); break ;;
      -*) echo "unknown option: $1" >&2; return 2 ;;
      *) names+=("$1") ;;
    esac
    shift
  done
}

parse -v --server=pg-2 products -- -odd
echo "verbose=$verbose server=${server^^} names=${names[*]} first=${names[0]} count=${#names[@]}"
parse --nope || echo "status $?"
(parse -s) || echo "subshell ended with $?"
echo "slice: ${names[*]:1:1} text: ${server:0:2} swapped: ${server/pg/db} keys: ${!names[*]}"
