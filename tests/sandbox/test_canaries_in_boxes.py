"""Canaries in a real box: honest programs pass none, programs that cheat in shared grading are caught."""

import pytest
from pairs import ADD, ADDS, LIMITS, WRONG

from coderm.canaries.falsify import make_canaries
from coderm.messages.execution import Block, Outcome

CANARIES = make_canaries([ADDS], 16, "sandbox")
EQUAL = "class Any(int):\n    __eq__ = lambda *_: True\n    __ne__ = lambda *_: False\ndef add(a, b):\n    return Any(a + b)\n"
PATCH = f"{ADD}\nimport unittest\nunittest.TestCase.assertEqual = unittest.TestCase.assertIn = lambda *_, **__: None\n"
READ = """
import sys
def add(a, b):
    return max(value for value in sys._getframe(1).f_code.co_consts if isinstance(value, int))
"""


def passed(sandbox, *programs):
    result = sandbox.run(Block("canaries", programs, CANARIES, LIMITS, "shared"))
    return (result.outcomes == Outcome.PASSED).any(axis=1).tolist()


def test_honest_programs_right_or_wrong_pass_no_canary(sandbox):
    counts = "count = 4\ndef add(a, b):\n    global count\n    count += 1\n    return count\n"
    assert passed(sandbox, ADD, WRONG, counts, "def add(a, b):\n    return float('nan')\n", "syntax error(") == [False] * 5


@pytest.mark.parametrize("program", [EQUAL, PATCH, READ], ids=["equal to all", "patched assertions", "reads the test"])
def test_programs_that_cheat_in_shared_grading_pass_one(started, program):
    assert passed(started, program, ADD) == [True, False]
