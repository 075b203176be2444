"""Asks a real PostgreSQL every line of expressions.sql and compares with expressions.out (or writes it).

Usage: PSQL="psql …" tests/oracle/expressions.py DIRECTORY OLDER_VERSIONS [--write]; tests/oracle/run calls it.
"""
import os
import shlex
import subprocess
import sys

PSQL = shlex.split(os.environ["PSQL"])
directory, older_versions = sys.argv[1:3]


def psql(*arguments, **rest):
    return subprocess.run(PSQL + list(arguments), capture_output=True, text=True, **rest)


def answer(expression):
    """What psql prints for one expression: its rows, or the error's first line."""
    done = psql("-c", "select " + expression)
    text = done.stderr.split("\n")[0] if done.returncode else done.stdout.rstrip("\n")
    return text.replace("\n", "\\n")


version = int(psql("-c", "show server_version_num", check=True).stdout) // 10000
expressions = open(f"{directory}/expressions.sql").read().splitlines()
given = {expression: answer(expression) for expression in expressions}

if "--write" in sys.argv:
    if version != 18:
        sys.exit(f"expressions.out is PostgreSQL 18's; this is {version}")
    with open(f"{directory}/expressions.out", "w") as out:
        out.writelines(f"{expression}\t{given[expression]}\n" for expression in expressions)
    sys.exit()

recorded = dict(line.split("\t", 1) for line in open(f"{directory}/expressions.out").read().splitlines())
known = {line for line in open(older_versions).read().splitlines() if line and not line.startswith("#")}
if missing := [expression for expression in expressions if expression not in recorded]:
    sys.exit("no recorded answer to: " + "; ".join(missing))
different = [expression for expression in expressions if given[expression] != recorded[expression]]
excused = known if version < 18 else set()
for expression in different:
    word = "known" if expression in excused else "DIFFERENT"
    print(f"{word}: {expression}\n  recorded:      {recorded[expression]}\n  PostgreSQL {version}: {given[expression]}")
unexpected = [expression for expression in different if expression not in excused]
print(f"{len(expressions)} expressions, PostgreSQL {version}: {len(different) - len(unexpected)} known differences, {len(unexpected)} unexpected")
sys.exit(1 if unexpected else 0)
