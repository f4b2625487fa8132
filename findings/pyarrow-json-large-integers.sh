#!/usr/bin/env bash
# pyarrow 21.0.0 reads a JSON integer beyond 64 bits as a float, without an error, and with it every other integer of
# that column and block: a row of 2**53 + 1 comes back as another number because of its neighbour. Python's json keeps all.
# Data sets of tests hold such integers (factorials, Fibonacci), and Hugging Face datasets reads JSON Lines through pyarrow.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q pyarrow==21.0.0

cat > "$work/run.py" <<'PYTHON'
import io
import json

from pyarrow import json as arrow


def through_arrow(values: list[int]) -> list[object]:
    lines = "".join(json.dumps({"expected": value}) + "\n" for value in values)
    return arrow.read_json(io.BytesIO(lines.encode())).column("expected").to_pylist()


odd, factorial = 2**53 + 1, 2432902008176640000 * 21
print("alone:", through_arrow([odd]) == [odd])
print("beside 21!:", through_arrow([odd, factorial]))
print("json:", json.loads(json.dumps([odd, factorial])) == [odd, factorial])
PYTHON

expected="alone: True
beside 21!: [9007199254740992.0, 5.109094217170944e+19]
json: True"
found=$("$work/venv/bin/python" "$work/run.py")
if [ "$found" != "$expected" ]; then printf 'changed:\n%s\n' "$found"; exit 1; fi
printf 'holds:\n%s\n' "$found"
