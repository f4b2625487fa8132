"""Limits of the interpreter that a benchmark sets for its programs."""

from dataclasses import replace

from pairs import LIMITS, case, outcome

from coderm.messages.execution import Outcome

DEEP = "def down(n):\n    return 0 if n == 0 else 1 + down(n - 1)\n"
CACHED = "import functools\n@functools.lru_cache(None)\n" + DEEP
DIGITS = "def digits(n):\n    return len(str(10 ** n))\n"
RAISED = replace(LIMITS, recursion=50_000, int_digits=50_000)


def test_recursion_goes_as_deep_as_the_benchmark_allows(sandbox):
    test = case("self.assertEqual(down(20000), 20000)")
    assert outcome(sandbox, DEEP, test) is Outcome.ERROR
    assert outcome(sandbox, DEEP, test, RAISED) is Outcome.PASSED
    assert outcome(sandbox, CACHED, test, RAISED) is Outcome.PASSED
    assert outcome(sandbox, DEEP, case("self.assertEqual(down(60000), 60000)"), RAISED) is Outcome.ERROR


def test_integers_have_as_many_digits_as_the_benchmark_allows(sandbox):
    test = case("self.assertEqual(digits(9000), 9001)")
    assert outcome(sandbox, DIGITS, test) is Outcome.ERROR
    assert outcome(sandbox, DIGITS, test, RAISED) is Outcome.PASSED
