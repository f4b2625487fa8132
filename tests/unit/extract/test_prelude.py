"""What a benchmark grants its programs is put in front of them, and nothing else changes."""

import pytest

from coderm.extract.programs.prelude import runnable
from coderm.messages.problem import Problem

PROMPT = """from __future__ import annotations
from typing import List
import math

BASE = 10


def helper(x):
    return x + BASE


def f(xs: List[int]) -> int:
    \"\"\"Add helper of all.\"\"\"
"""
PROBLEM = Problem("p", "q", "f", prompt=PROMPT)


def test_a_program_gets_what_the_stub_defines_and_it_does_not_bind():
    program = runnable("def f(xs: List[int]):\n    return sum(map(helper, xs))\n", PROBLEM)
    names: dict = {}
    exec(program, names)
    assert names["f"]([1, 2]) == 23
    assert {"math", "helper", "BASE"} <= names.keys()


def test_what_a_program_binds_itself_is_not_given_again():
    program = runnable("import math\nBASE = 1\ndef helper(x): return x\ndef f(xs): return sum(map(helper, xs))\n", PROBLEM)
    assert program.count("helper(x)") == 1
    assert "BASE = 10" not in program


def test_future_imports_stay_in_front():
    program = runnable('"""Doc."""\nfrom __future__ import annotations\ndef f(xs): return 0\n', PROBLEM)
    compile(program, "p", "exec")
    assert program.startswith('"""Doc."""\nfrom __future__ import annotations\n')


@pytest.mark.parametrize("text", ["broken(", "def f(:"])
def test_what_is_no_python_stays_as_it_is(text):
    assert runnable(text, PROBLEM) == text


def test_a_stub_without_a_body_is_read():
    prompt = "def helper(x):\n    return 2 * x\n\n\nclass Solution:\n    def f(self, x):"
    assert "def helper" in runnable(
        "class Solution:\n    def f(self, x): return helper(x)\n", Problem("p", "q", "Solution", prompt=prompt)
    )


def test_a_complete_program_is_unchanged():
    text = PROMPT + "    return sum(map(helper, xs))\n"
    assert runnable(text, PROBLEM) == text


def test_star_imports_of_a_stub_give_only_what_is_read_and_only_of_pythons_own_modules():
    problem = Problem("p", "q", "f", prompt="from typing import *\nfrom elsewhere import *\n\n\ndef f(x):\n")
    assert runnable("def f(x: List[int]): return x\n", problem).startswith("from typing import List\n")
    assert runnable("def f(x): return x\n", problem) == "def f(x): return x\n"
