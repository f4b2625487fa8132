"""One row per format that a reader knows, shaped as the published files are, each with a right and a wrong program."""

from coderm.problems import coderm_release as coderm_files
from coderm.problems import generic as jsonl
from coderm.problems import humaneval, livecodebench, mbpp

HARNESS = """
import numpy as np
from math import inf


def is_floats(x) -> bool:
    if isinstance(x, float):
        return True
    if isinstance(x, (list, tuple)):
        return all(isinstance(i, float) for i in x)
    return isinstance(x, np.ndarray) and x.dtype in (np.float64, np.float32)


def assertion(out, exp, atol):
    if atol == 0 and is_floats(exp):
        atol = 1e-6
    if out != exp and atol != 0:
        assert np.allclose(out, exp, rtol=1e-07, atol=atol)
    else:
        assert out == exp, f"out: {out}, exp: {exp}"

"""
REFERENCE = """
def ref_func(words):
    seen = words.split()
    seen.append("end")
    return len(" ".join(seen))

"""
ADDS = "def add(a, b):\n    return a + b\n"
PROMPT = 'def add(a, b):\n    """Add two numbers."""\n'
EVALPLUS = {"prompt": PROMPT, "base_input": [[1, 2]], "plus_input": [[3, 4], [0, 0]], "atol": 0}


def _evalplus(entry, reference, *inputs, task="Mbpp/901"):
    row = {**EVALPLUS, "task_id": task, "entry_point": entry, "canonical_solution": reference}
    return row | ({"base_input": [list(each) for each in inputs], "plus_input": []} if inputs else {})


CALCULATES = "def add(a, b):\n    return eval(str(a) + '+' + str(b))\n"
IN_PLACE = "def add(a, b):\n    parts = [a]\n    parts.append(b)\n    return int(str(sum(parts)).strip())\n"
COUNTS = "calls = 0\ndef add(a, b):\n    global calls\n    calls += 1\n    return a + b + globals()['calls'] - calls\n"
STARS = "from math import *\nimport threading, logging, ast\ndef add(a, b):\n    return int(fsum([a, b]))\n"
WRONG = "def add(a, b):\n    return a - b - 1\n"
LONG = [[[number, number + 1], 0] for number in range(20_000)]

ROWS = {
    "humaneval": (
        humaneval.problem_from_row,
        {
            "task_id": "HumanEval/900",
            "prompt": PROMPT,
            "entry_point": "add",
            "canonical_solution": "    return a + b\n",
            "test": "METADATA = {}\n\n\ndef check(candidate):\n    assert candidate(1, 2) == 3\n    assert candidate(2, 2) == 4\n",
        },
        ADDS,
        WRONG,
    ),
    "humaneval+ of the hub": (
        humaneval.problem_from_row,
        {
            "task_id": "HumanEval/901",
            "prompt": "def length(words):\n",
            "entry_point": "length",
            "canonical_solution": "    return len(words) + 4\n",
            "test": f"{HARNESS}{REFERENCE}def check(candidate):\n    inputs = [['a b'], ['']]\n"
            "    for i, inp in enumerate(inputs):\n        assertion(candidate(*inp), ref_func(*inp), 0)\n",
        },
        "def length(words):\n    return len(' '.join(words.split() + ['end']))\n",
        "def length(words):\n    return len(words)\n",
    ),
    "humaneval+ of evalplus": (
        humaneval.problem_from_row,
        _evalplus("add", "    return a + b\n", task="HumanEval/902"),
        ADDS,
        WRONG,
    ),
    "mbpp": (
        mbpp.problem_from_row,
        {
            "task_id": 901,
            "text": "Add.",
            "code": ADDS,
            "test_setup_code": "from math import *",
            "test_list": ["assert add(1, 2) == floor(3.5)"],
        },
        ADDS,
        WRONG,
    ),
    "mbpp+ of the hub": (
        mbpp.problem_from_row,
        {
            "task_id": 902,
            "prompt": "Add.",
            "code": ADDS,
            "test_imports": [],
            "test_list": ["assert add(1, 2) == 3"],
            "test": f"{HARNESS}inputs = [[1, 2], [3, 4]]\nresults = [3, 7]\n"
            "for i, (inp, exp) in enumerate(zip(inputs, results)):\n    assertion(add(*inp), exp, 0)\n",
        },
        ADDS,
        WRONG,
    ),
    "mbpp+ of the hub, all kinds of statements": (
        mbpp.problem_from_row,
        {
            "task_id": 903,
            "prompt": "Add.",
            "code": ADDS,
            "test_list": ["assert add(1, 2) == 3"],
            "test": "from __future__ import annotations\nfrom math import *\ncount = 0\ndef check(out, exp):\n"
            "    global count, last\n"
            "    count += 1\n    last = out\n    assert out == exp, str(ceil(0.5))\ncheck(add(1, 2), 3)\ncheck(add(2, 2), 4)\n"
            "assert (count, last) == (2, 4)\n",
        },
        ADDS,
        WRONG,
    ),
    "mbpp+ of evalplus": (mbpp.problem_from_row, _evalplus("add", ADDS), ADDS, WRONG),
    "a reference that calculates a text": (mbpp.problem_from_row, _evalplus("add", CALCULATES), ADDS, WRONG),
    "a reference that changes a list": (mbpp.problem_from_row, _evalplus("add", IN_PLACE), ADDS, WRONG),
    "a reference with global state": (mbpp.problem_from_row, _evalplus("add", COUNTS), ADDS, WRONG),
    "a reference with imports of all sorts": (mbpp.problem_from_row, _evalplus("add", STARS), ADDS, WRONG),
    "an entry point called like a builtin": (
        mbpp.problem_from_row,
        _evalplus("sum", "def sum(a, b):\n    return a + b\n"),
        "def sum(a, b):\n    return a + b\n",
        "def sum(a, b):\n    return a - b - 1\n",
    ),
    "an entry point called like a name of the check": (
        mbpp.problem_from_row,
        _evalplus("agree", "def agree(a, b):\n    return a + b\n"),
        "def agree(a, b):\n    return a + b\n",
        "def agree(a, b):\n    return a - b - 1\n",
    ),
    "an entry point called like a function of the library": (
        mbpp.problem_from_row,
        _evalplus("gcd", "import math\ndef gcd(a, b):\n    return math.gcd(a, b)\n"),
        "import math\ndef gcd(a, b):\n    return math.gcd(a, b)\n",
        "def gcd(a, b):\n    return 1000\n",
    ),
    "long inputs": (
        mbpp.problem_from_row,
        _evalplus("first", "def first(values, place):\n    return values[place]\n", *LONG),
        "def first(values, place):\n    return values[place]\n",
        "def first(values, place):\n    return values[-1]\n",
    ),
    "livecodebench": (
        livecodebench.problem_from_row,
        {
            "question_id": "q1",
            "question_content": "Add.",
            "starter_code": "class Solution:\n    def add(self, a, b):\n        ",
            "public_test_cases": '[{"input": "1\\n2", "output": "3", "testtype": "functional"}]',
            "private_test_cases": '[{"input": "2\\n2", "output": "4", "testtype": "functional"}]',
            "metadata": '{"func_name": "add"}',
        },
        "class Solution:\n    def add(self, a, b):\n        return a + b\n",
        "class Solution:\n    def add(self, a, b):\n        return a * b + 2\n",
    ),
    "coderm": (
        coderm_files.problem_from_row,
        {
            "task_id": 7,
            "question": "Add.",
            "code_ground_truth": ADDS,
            "unit_tests": '[{"code": "import unittest\\nclass T(unittest.TestCase):\\n    def test_it(self):\\n'
            '        self.assertEqual(add(1, 2), 3)\\n"}]',
        },
        ADDS,
        WRONG,
    ),
    "assert lines": (
        jsonl.problem_from_row,
        {
            "task_id": "g/1",
            "question": "Add.",
            "checks": ["from math import *\nassert add(1, 2) == floor(3.2)\nassert add(0, 0) == 0"],
        },
        ADDS,
        WRONG,
    ),
}
"""Name -> (converter, row, right program, wrong program)."""


def problem(name):
    convert, row, _, _ = ROWS[name]
    return convert(row, "rows:1")
