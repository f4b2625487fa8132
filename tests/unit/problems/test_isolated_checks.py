"""A benchmark's own checks never leave isolated grading, whatever its reference solutions and scripts do."""

import pytest

from coderm.problems.nesting import nested
from coderm.problems.starter import read_starter
from coderm.sandbox.runner.tester.program_names import plan

from .benchmark_rows import ROWS, problem
from .run import passes


def obstacle(check: str) -> str:
    return plan(check, compile(check, "<tests>", "exec")).obstacle


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_the_checks_of_every_reader_can_be_isolated(name):
    found = problem(name)
    assert found.checks
    assert {obstacle(check) for check in (*found.checks, *found.examples)} == {""}


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_and_they_tell_a_right_program_from_a_wrong_one(name):
    _, _, right, wrong = ROWS[name]
    checks = problem(name).checks
    assert all(passes(right, check) for check in checks)
    assert not all(passes(wrong, check) for check in checks)


def test_the_starter_problems_can_be_isolated():
    assert {obstacle(check) for each in read_starter() for check in each.checks} == {""}


def test_a_test_of_any_length_can_be_isolated():
    rows = ", ".join(f"([{number}, {number}], {2 * number})" for number in range(20_000))
    text = f"import unittest\nclass T(unittest.TestCase):\n    def test(self):\n        for xs, want in [{rows}]:\n"
    text += "            self.assertEqual(total(xs), want)\n"
    assert len(text) > 200_000
    assert obstacle(text) == ""


@pytest.mark.parametrize(
    ("code", "above", "body"),
    [
        ("x = 1\nf(x)", "", "x = 1\nf(x)"),
        ("from math import *\nf(sqrt(4))", "", "from math import sqrt\nf(sqrt(4))"),
        ("from numpy import *\nf(1)", "from numpy import *\n", "f(1)"),
        ("from __future__ import annotations\nf(1)", "from __future__ import annotations\n", "f(1)"),
    ],
)
def test_what_only_a_module_may_say_is_said_otherwise_in_a_function(code, above, body):
    assert nested(code) == (above, body)


def test_state_of_a_script_stays_its_own_in_a_function():
    _, body = nested("n = 1\ndef more():\n    global n, m\n    n += 1\n    m = n\nmore()\nassert (n, m) == (2, 2)")
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    names: dict[str, object] = {}
    exec(f"def run():\n{indented}run()\n", names)
    assert not names.keys() & {"n", "m"}
