#!/usr/bin/env bash
# numpy 2.3.5: an array without items is close to anything that it broadcasts with. np.allclose([], [1.0]) is True, and so is
# np.allclose(np.empty((0, 3)), [1.0, 2.0, 3.0]). assert_allclose and assert_array_equal compare the shapes of two arrays, and yet
# pass [] beside the number 1.0, which assert_equal does not. A grader that compares by allclose passes a program that returns [].
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q numpy==2.3.5

cat > "$work/run.py" <<'PYTHON'
import numpy as np


def passes(check, got, wanted):
    try:
        check(got, wanted)
    except AssertionError:
        return False
    return True


print("allclose:", np.allclose([], [1.0]), np.allclose(np.empty((0, 3)), [1.0, 2.0, 3.0]))
print("array_equal:", np.array_equal([], [1.0]))
for name in ("assert_allclose", "assert_array_equal", "assert_equal"):
    check = getattr(np.testing, name)
    print(f"{name}:", passes(check, [], 1.0), passes(check, [], [1.0]))
PYTHON

expected="allclose: True True
array_equal: False
assert_allclose: True False
assert_array_equal: True False
assert_equal: False False"
found=$("$work/venv/bin/python" "$work/run.py")
if [ "$found" != "$expected" ]; then printf 'changed:\n%s\n' "$found"; exit 1; fi
printf 'holds:\n%s\n' "$found"
