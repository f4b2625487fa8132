#!/usr/bin/env bash
# evalplus 0.3.1 cleans answers with `sanitize` before it grades them. A right program whose helper stands under a decorator,
# as memoised recursion does, loses that helper and fails by NameError; so does one whose helper changes a list in place and
# returns nothing. Both are right as written, and the score counts them as wrong.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-deps evalplus==0.3.1 tree-sitter==0.25.2 tree-sitter-python==0.25.0 tqdm==4.67.1 \
    termcolor==3.1.0 wget==3.2 tempdir==0.7.1 appdirs==1.4.4
"$work/venv/bin/pip" install -q datasets==4.4.1

cat > "$work/run.py" <<'PYTHON'
from evalplus.sanitize import sanitize

DECORATED = """from functools import lru_cache

@lru_cache(None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

def total(n):
    return sum(fib(k) for k in range(n))
"""
IN_PLACE = """def double(items):
    items.append(0)

def total(n):
    items = []
    double(items)
    return len(items) + n
"""


def outcome(program: str) -> str:
    names: dict[str, object] = {}
    exec(program, names)
    try:
        return str(names["total"](5))
    except NameError as error:
        return f"NameError: {error}"


for program in (DECORATED, IN_PLACE):
    print(outcome(program), "->", outcome(sanitize(program, entrypoint="total")))
PYTHON

expected="7 -> NameError: name 'fib' is not defined
6 -> NameError: name 'double' is not defined"
found=$("$work/venv/bin/python" "$work/run.py")
if [ "$found" != "$expected" ]; then printf 'changed:\n%s\n' "$found"; exit 1; fi
printf 'holds:\n%s\n' "$found"
