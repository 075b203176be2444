#!/bin/sh
# Writes expected.txt: what this machine's own tools answer to each line of cases.txt on input.txt.
cd "$(dirname "$0")" || exit 1
export LC_ALL=C
while IFS= read -r line; do
    printf '$ %s\n' "$line"
    cat input.txt | sh -c "$line" 2>/dev/null
    printf '[exit %s]\n' "$?"
done <cases.txt >expected.txt
