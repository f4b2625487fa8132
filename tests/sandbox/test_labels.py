"""Benchmark labels in a real box: a benchmark's own checks are graded in isolation, and what equals everything is wrong."""

import pytest
from pairs import LIMITS

from coderm.messages.execution import GRADINGS, Block, Outcome
from coderm.problems import humaneval, mbpp

PROMPT = 'def add(a, b):\n    """Add two numbers."""\n'
ADD = "def add(a, b):\n    return a + b\n"
WRONG = "def add(a, b):\n    return a + b + 1\n"
EVALPLUS = {"prompt": PROMPT, "entry_point": "add", "base_input": [[1, 2]], "plus_input": [[3, 4], [0, 0]], "atol": 0}
SCRIPT = "def assertion(out, exp):\n    assert out == exp\n"
SCRIPT += "for given, wanted in [((1, 2), 3), ((3, 4), 7)]:\n    assertion(add(*given), wanted)\n"
CALCULATES = "    return eval(str(a) + '+' + str(b))\n"
PROBLEMS = {
    "mbpp+ of evalplus": mbpp.problem_from_row({**EVALPLUS, "task_id": "Mbpp/901", "canonical_solution": ADD}, "row"),
    "humaneval+ of evalplus": humaneval.problem_from_row(
        {**EVALPLUS, "task_id": "HumanEval/901", "canonical_solution": "    return a + b\n"}, "row"
    ),
    "a reference that calculates a text": humaneval.problem_from_row(
        {**EVALPLUS, "task_id": "HumanEval/902", "canonical_solution": CALCULATES}, "row"
    ),
    "mbpp+ of the hub": mbpp.problem_from_row(
        {"task_id": 901, "prompt": "Add.", "code": ADD, "test_list": ["assert add(1, 2) == 3"], "test": SCRIPT}, "row"
    ),
    "any root": humaneval.problem_from_row(
        {
            **EVALPLUS,
            "task_id": "HumanEval/32",
            "prompt": "def find_zero(xs):\n",
            "entry_point": "find_zero",
            "canonical_solution": "    return -xs[0] / xs[1]\n",
            "base_input": [[[2, 1]]],
            "plus_input": [],
            "atol": 1e-4,
        },
        "row",
    ),
    "0 is as good": mbpp.problem_from_row(
        {
            **EVALPLUS,
            "task_id": "Mbpp/902",
            "entry_point": "sum_div",
            "canonical_solution": "def sum_div(a, b):\n    return a + b\n",
        },
        "row",
    ),
}
EQUAL = """
class Equal:
    def __eq__(self, other):
        return True
    def __ne__(self, other):
        return False
    def __bool__(self):
        return TRUTH
    def __hash__(self):
        return 0
    def __len__(self):
        return int(TRUTH)
    def __float__(self):
        return 0.0
    def __abs__(self):
        return self
    def __le__(self, other):
        return True
    __mul__ = __rmul__ = __pow__ = __add__ = __radd__ = __sub__ = __rsub__ = lambda self, other: self
def ENTRY(*given):
    return Equal()
"""


def equal(entry, truth):
    return EQUAL.replace("TRUTH", str(truth)).replace("ENTRY", entry)


@pytest.mark.parametrize("name", PROBLEMS)
def test_what_equals_everything_passes_no_label(isolated, name):
    problem = PROBLEMS[name]
    programs = (equal(problem.entry_point, True), equal(problem.entry_point, False))
    result = isolated.run(Block("b", programs, problem.checks, LIMITS))
    assert not (result.outcomes == Outcome.PASSED).any()
    assert (result.grading == GRADINGS.index("isolated")).all()


@pytest.mark.parametrize("name", PROBLEMS)
def test_right_programs_are_labelled_right_without_the_fallback(isolated, name):
    problem = PROBLEMS[name]
    block = Block("b", (problem.reference, "def other():\n    pass\n"), problem.checks, LIMITS, fallback=False)
    right, wrong = (isolated.run(block).outcomes == Outcome.PASSED).all(axis=1)
    assert (right, wrong) == (True, False)


def test_a_wrong_program_is_labelled_wrong(isolated):
    result = isolated.run(Block("b", (WRONG,), PROBLEMS["mbpp+ of evalplus"].checks, LIMITS))
    assert (result.outcomes == Outcome.FAILED).all()
