#!/bin/sh
# Writes expected.txt: what this machine's own tools answer to each line of cases.txt on input.txt.
cd "$(dirname "$0")" || exit 1
here=$PWD
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export LC_ALL=C
while IFS= read -r line; do
    rm -rf "$scratch" && mkdir "$scratch" && cd "$scratch" || exit 1
    printf '$ %s\n' "$line"
    cat "$here/input.txt" | sh -c "$line" 2>/dev/null
    printf '[exit %s]\n' "$?"
done <"$here/cases.txt" >"$here/expected.txt"
