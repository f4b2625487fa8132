"""Problems with planted faults in their tests, and honest ones beside them; under each, what an audit must find."""

import json

ADD = {"question": "Add a and b.", "entry_point": "add", "reference": "def add(a, b):\n    return a + b\n"}
EVEN = {"question": "Is n even?", "entry_point": "even", "reference": "def even(n):\n    return n % 2 == 0\n"}
POWER = {"question": "a to the power of b.", "entry_point": "power", "reference": "def power(a, b):\n    return a ** b\n"}
TOTAL = {"question": "Sum of a list.", "entry_point": "total", "reference": "def total(xs):\n    return sum(xs)\n"}
HEAD = {"question": "The first element.", "entry_point": "head", "reference": "def head(xs):\n    return xs[0]\n"}
SOLVE = {
    "question": "The larger of two.",
    "entry_point": "Solution.larger",
    "reference": "class Solution:\n    def larger(self, a, b):\n        return a if a > b else b\n",
}
ECHO = {
    "question": "Print the sum of the numbers of all lines.",
    "reference": "import sys\nprint(sum(map(int, sys.stdin.read().split())))\n",
}

PLANTED = [
    ADD | {"task_id": "honest/add", "checks": ["assert add(1, 2) == 3\nassert add(5, -7) == -2\nassert add(0, 0) == 0"]},
    EVEN | {"task_id": "honest/even", "checks": ["assert even(2)", "assert not even(3)", "assert even(-4)", "assert not even(-1)"]},
    SOLVE | {"task_id": "honest/method", "checks": ["assert Solution().larger(1, 2) == 2\nassert Solution().larger(-3, -4) == -3"]},
    ADD | {"task_id": "wrong/expectation", "checks": ["assert add(1, 2) == 3", "assert add(2, 2) == 5", "assert add(-1, 3) == 2"]},
    ADD
    | {
        "task_id": "wrong/example",
        "examples": ["assert add(1, 1) == 3"],
        "checks": ["assert add(1, 2) == 3\nassert add(3, -5) == -2"],
    },
    ADD | {"task_id": "vacuous/tautology", "checks": ["assert True\nassert add(2, 5) == 7\nassert add(1, -1) == 0"]},
    ADD | {"task_id": "equal/copy", "checks": ["assert add(1, 2) == 3", "assert add(0, 5) == 5", "assert  add(1,2) == 3"]},
    EVEN | {"task_id": "leak/constant", "checks": ["assert even(2)\nassert even(4)\nassert even(10)"]},
    TOTAL | {"task_id": "leak/no_assertion", "checks": ["total([1, 2])\nassert isinstance(total, object)"]},
    POWER
    | {"task_id": "leak/first_argument", "checks": ["assert power(2, 0) == 1\nassert power(3, 0) == 1\nassert power(0, 5) == 0"]},
    TOTAL
    | {
        "task_id": "leak/examples",
        "examples": ["assert total([1, 2]) == 3", "assert total([]) == 0"],
        "checks": ["assert total([1, 2]) == 3", "assert total([]) == 0"],
    },
    TOTAL | {"task_id": "leak/last_element", "checks": ["assert total([1, 0]) == 1", "assert total([4, 5, 0]) == 9"]},
    SOLVE | {"task_id": "leak/method", "checks": ["assert Solution().larger(1, 2) == 2\nassert Solution().larger(0, 7) == 7"]},
    ECHO | {"task_id": "leak/first_line", "cases": [{"input": "1 2\n", "output": "3\n"}, {"input": "4\n", "output": "4\n"}]},
    ECHO | {"task_id": "leak/one_output", "cases": [{"input": "1\n2\n", "output": "3\n"}, {"input": "3\n0\n", "output": "3\n"}]},
    HEAD | {"task_id": "suspected/only_first_counts", "checks": ["assert head([1, 2]) == 1", "assert head([3]) == 3"]},
]

LEAKS = {
    "leak/constant": "always returns True",
    "leak/no_assertion": "always returns None",
    "leak/first_argument": "ignores argument 1 (a)",
    "leak/examples": "knows the examples of the question alone",
    "leak/last_element": "does not read the last element of argument 1 (xs)",
    "leak/method": "ignores argument 1 (a)",
    "leak/one_output": "always writes '3'",
}
"""A certain leak of each such problem; the others have none."""
SUSPECTED = {"leak/first_line", "suspected/only_first_counts", "honest/even"}
"""Of these nothing shows that the part matters: no input is derived for programs that read stdin, and -4 is as even as 4."""


def write_planted(path):
    path.write_text("".join(json.dumps(row) + "\n" for row in PLANTED))
    return path
