"""A program that loops must not cost its limit once per test, and no test may pay for another."""

import pytest

from coderm.messages.execution import Block, Limits, Outcome
from coderm.sandbox.base import Sandbox

CASE = "import unittest\nclass T(unittest.TestCase):\n    def test_f(self):\n        self.assertEqual(f({}), {})\n"
LOOPS_FROM_TWO = "def f(x):\n    while x >= 2:\n        pass\n    return x\n"
LOOPS_ON_ODD = "def f(x):\n    while x % 2:\n        pass\n    return x\n"
HONEST = "def f(x):\n    return x\n"
WORKS = (
    "import time\ndef f(seconds):\n    end = time.process_time() + seconds\n    while time.process_time() < end:\n        pass\n"
)
WORKS += "    return seconds\n"
"""Needs so many CPU seconds as it is asked for."""
TESTS = tuple(CASE.format(i, i) for i in range(8))


def test_after_three_timeouts_in_a_row_the_rest_of_the_row_is_left_out(sandbox: Sandbox) -> None:
    result = sandbox.run(Block("b", (LOOPS_FROM_TWO, HONEST), TESTS, Limits(cpu_s=0.1, row_timeouts=3), details=True))

    assert [Outcome(code) for code in result.outcomes[0]] == [Outcome.PASSED] * 2 + [Outcome.TIMEOUT] * 3 + [Outcome.LEFT_OUT] * 3
    assert (result.cpu_s[0][5:] == 0).all()
    assert result.details[0, 5] == "left out: the program timed out 3 times in a row before"
    assert (result.outcomes[1] == Outcome.PASSED).all()


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 0, 2, 3)])
def test_a_slow_test_has_its_full_limit_whatever_stands_before_it(sandbox: Sandbox, order: tuple[int, ...]) -> None:
    needs = (9.0, 0.5, 0.45, 0.01)
    tests = tuple(CASE.format(needs[place], needs[place]) for place in order)
    result = sandbox.run(Block("b", (WORKS,), tests, Limits(cpu_s=1.5, wall_s=60.0, row_timeouts=3), details=True))

    assert [Outcome(code) for code in result.outcomes[0]] == [Outcome.PASSED if place else Outcome.TIMEOUT for place in order]
    assert result.details[0, order.index(0)].startswith("over the CPU limit: ")
    assert result.details[0, order.index(0)].endswith(" s of 1.5 s")


def test_a_sleeper_s_message_names_the_wall_limit(sandbox: Sandbox) -> None:
    wakes = "import select\nwhile True:\n    select.select([], [], [], 0.1)"
    result = sandbox.run(Block("b", (wakes,), TESTS[:1], Limits(cpu_s=1.0, wall_s=1.0), details=True))

    assert Outcome(result.outcomes[0, 0]) is Outcome.TIMEOUT
    assert result.details[0, 0].startswith("over the wall limit of 1 s, with ")


def test_timeouts_that_do_not_follow_each_other_leave_nothing_out(sandbox: Sandbox) -> None:
    result = sandbox.run(Block("b", (LOOPS_ON_ODD,), TESTS, Limits(cpu_s=0.1, row_timeouts=2)))

    assert [Outcome(code) for code in result.outcomes[0]] == [Outcome.PASSED, Outcome.TIMEOUT] * 4


def test_zero_runs_every_pair(sandbox: Sandbox) -> None:
    result = sandbox.run(Block("b", (LOOPS_FROM_TWO,), TESTS[:5], Limits(cpu_s=0.1, row_timeouts=0)))

    assert [Outcome(code) for code in result.outcomes[0]] == [Outcome.PASSED] * 2 + [Outcome.TIMEOUT] * 3
    assert (result.cpu_s[0][2:] > 0).all()


def test_timeouts_that_are_proved_cost_no_limit_and_are_counted(sandbox: Sandbox) -> None:
    result = sandbox.run(Block("b", (LOOPS_FROM_TWO, HONEST), TESTS[:6], Limits(cpu_s=8.0, row_timeouts=0)))

    assert [Outcome(code) for code in result.outcomes[0]] == [Outcome.PASSED] * 2 + [Outcome.TIMEOUT] * 4
    assert result.endless == 4
    assert (result.cpu_s[0] < 8.0).all()


def test_a_program_that_fills_memory_to_the_last_byte_is_told_from_one_that_loops(sandbox: Sandbox) -> None:
    fills = "def f(x):\n    kept = []\n    while x != 1:\n        x -= 2\n        kept.append(x)\n"
    result = sandbox.run(Block("b", (fills,), TESTS[:2], Limits(cpu_s=20.0, memory_mb=48)))

    assert [Outcome(code) for code in result.outcomes[0]] == [Outcome.MEMORY, Outcome.FAILED]
