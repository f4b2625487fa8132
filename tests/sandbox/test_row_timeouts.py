"""A program that loops must not cost its limit once per test."""

from coderm.messages import Block, Limits, Outcome
from coderm.sandbox.base import Sandbox

CASE = "import unittest\nclass T(unittest.TestCase):\n    def test_f(self):\n        self.assertEqual(f({}), {})\n"
LOOPS_FROM_TWO = "def f(x):\n    while x >= 2:\n        pass\n    return x\n"
LOOPS_ON_ODD = "def f(x):\n    while x % 2:\n        pass\n    return x\n"
HONEST = "def f(x):\n    return x\n"
TESTS = tuple(CASE.format(i, i) for i in range(8))


def test_after_three_timeouts_in_a_row_the_rest_of_the_row_is_decided_and_counted(sandbox: Sandbox) -> None:
    result = sandbox.run(Block("b", (LOOPS_FROM_TWO, HONEST), TESTS, Limits(cpu_s=0.1, row_timeouts=3)))

    assert [Outcome(code) for code in result.outcomes[0]] == [Outcome.PASSED] * 2 + [Outcome.TIMEOUT] * 6
    assert (result.cpu_s[0][5:] == 0).all()
    assert result.decided == 3
    assert (result.outcomes[1] == Outcome.PASSED).all()


def test_timeouts_that_do_not_follow_each_other_decide_nothing(sandbox: Sandbox) -> None:
    result = sandbox.run(Block("b", (LOOPS_ON_ODD,), TESTS, Limits(cpu_s=0.1, row_timeouts=2)))

    assert [Outcome(code) for code in result.outcomes[0]] == [Outcome.PASSED, Outcome.TIMEOUT] * 4
    assert result.decided == 0


def test_zero_runs_every_pair(sandbox: Sandbox) -> None:
    result = sandbox.run(Block("b", (LOOPS_FROM_TWO,), TESTS[:5], Limits(cpu_s=0.1, row_timeouts=0)))

    assert (result.cpu_s[0][2:] > 0).all()
    assert result.decided == 0


def test_timeouts_that_are_proved_cost_no_limit_and_are_counted(sandbox: Sandbox) -> None:
    result = sandbox.run(Block("b", (LOOPS_FROM_TWO, HONEST), TESTS[:6], Limits(cpu_s=8.0, row_timeouts=0)))

    assert [Outcome(code) for code in result.outcomes[0]] == [Outcome.PASSED] * 2 + [Outcome.TIMEOUT] * 4
    assert result.endless == 4
    assert (result.cpu_s[0] < 8.0).all()


def test_a_program_that_fills_memory_to_the_last_byte_is_told_from_one_that_loops(sandbox: Sandbox) -> None:
    fills = "def f(x):\n    kept = []\n    while x != 1:\n        x -= 2\n        kept.append(x)\n"
    result = sandbox.run(Block("b", (fills,), TESTS[:2], Limits(cpu_s=20.0, memory_mb=48)))

    assert [Outcome(code) for code in result.outcomes[0]] == [Outcome.MEMORY, Outcome.FAILED]
