#!/usr/bin/env bash
# evalplus 0.3.1 names the variable EVALPLUS_TIMEOUT_PER_TASK for its cap of seconds per task. A number in it ends every
# check with a TypeError: the text is compared with a float and never converted. Without the variable the check passes.
# Whoever raises the cap for slow right programs gets no label at all.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-deps evalplus==0.3.1 numpy==2.2.6 psutil==7.0.0

cat > "$work/run.py" <<'PYTHON'
import os

from evalplus.eval import untrusted_check

program = "def add(a, b):\n    return a + b\n"


def verdict() -> str:
    try:
        status, details = untrusted_check(
            "humaneval", program, [[1, 2]], "add", expected=[3], atol=0, ref_time=[0.01], fast_check=True
        )
    except TypeError as error:
        return f"TypeError: {error}"
    return f"{status} {[bool(item) for item in details]}"


print("unset:", verdict())
os.environ["EVALPLUS_TIMEOUT_PER_TASK"] = "120"
print("120:", verdict())
PYTHON

expected="unset: pass [True]
120: TypeError: '<' not supported between instances of 'float' and 'str'"
found=$("$work/venv/bin/python" "$work/run.py")
if [ "$found" != "$expected" ]; then printf 'changed:\n%s\n' "$found"; exit 1; fi
printf 'holds:\n%s\n' "$found"
