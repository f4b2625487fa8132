#!/usr/bin/env bash
# CPython 3.11: ast.parse in several threads at once may raise SystemError ("AST constructor recursion depth mismatch") for text
# that is right. The depth is counted in one place for the whole interpreter; a thread that gets its turn while another makes a
# tree, as in a finaliser that garbage collection runs, counts on from there. One lock around every parse prevents it.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/run.py" <<'PYTHON'
import ast
import contextlib
import gc
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

TEXT = "\n".join(f"def f{number}(x):\n    return [x + {number}, (x, {number})]" for number in range(40))
lock = threading.Lock()


class Garbage:
    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None: ...


def outcome(hold: contextlib.AbstractContextManager) -> str:
    Garbage()
    try:
        with hold:
            ast.parse(TEXT)
    except SystemError as error:
        return str(error).partition(" (")[0]
    return "a tree"


sys.setswitchinterval(1e-6)
gc.set_threshold(50, 1, 1)
for name, hold in (("bare", contextlib.nullcontext()), ("one lock", lock)):
    with ThreadPoolExecutor(4) as threads:
        print(f"{name}:", ", ".join(sorted(set(threads.map(lambda _, hold=hold: outcome(hold), range(600))))))
PYTHON

expected="bare: AST constructor recursion depth mismatch, a tree
one lock: a tree"
found=$(python3 "$work/run.py")
if [ "$found" != "$expected" ]; then printf 'changed:\n%s\n' "$found"; exit 1; fi
printf 'holds:\n%s\n' "$found"
