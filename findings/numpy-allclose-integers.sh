#!/usr/bin/env bash
# numpy 2.3.5: allclose is meant for floats, one would think, and compares integers as they are. It gives them the same
# relative tolerance of 1e-5, so a count of 123456 passes for 123457, and an answer modulo 1e9+7 may be off by ten thousand.
# It is not symmetric either. A grader that falls back on allclose calls wrong programs right; array_equal does not.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q numpy==2.3.5

cat > "$work/run.py" <<'PYTHON'
import numpy as np

for printed, right in ((12345, 12346), (123456, 123457), (1_000_000_006, 999_990_007), (99_999, 100_000), (100_000, 99_999)):
    close, equal = np.allclose(printed, right), np.array_equal(printed, right)
    print(f"{printed} for {right}: allclose {close}, array_equal {equal}")
PYTHON

expected="12345 for 12346: allclose False, array_equal False
123456 for 123457: allclose True, array_equal False
1000000006 for 999990007: allclose True, array_equal False
99999 for 100000: allclose True, array_equal False
100000 for 99999: allclose False, array_equal False"
found=$("$work/venv/bin/python" "$work/run.py")
if [ "$found" != "$expected" ]; then printf 'changed:\n%s\n' "$found"; exit 1; fi
printf 'holds:\n%s\n' "$found"
