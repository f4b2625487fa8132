# ruff: noqa: E501 - one sample per line, as long as it is
"""Shapes of model output, written by hand: programs with the value that the entry point must then give, and unit tests."""

from coderm.messages.problem import Problem

STUB = 'from typing import List\n\n\ndef add_all(numbers: List[int]) -> int:\n    """Return the sum of the numbers."""\n'
PROBLEM = Problem("sum", "Return the sum of the numbers.", "add_all", STUB)
GOOD = "def add_all(numbers):\n    return sum(numbers)\n"

PROGRAMS: dict[str, str] = {
    "fenced": f"```python\n{GOOD}```",
    "fenced_with_chatter": f"Sure! Here is the code:\n\n```python\n{GOOD}```\n\nIt adds the numbers, e.g. `add_all([1])`.",
    "python3_tag": f"```python3\n{GOOD}```",
    "py_tag": f"```py\n{GOOD}```",
    "capital_tag": f"```Python\n{GOOD}```",
    "no_tag": f"```\n{GOOD}```",
    "tildes": f"~~~python\n{GOOD}~~~",
    "four_backticks": f"````python\n{GOOD}````",
    "unterminated_fence": f"Code:\n```python\n{GOOD}",
    "fence_after_prose": f"Here you go: ```python\n{GOOD}```",
    "fence_closed_on_the_last_line": "```python\ndef add_all(numbers):\n    return sum(numbers)```",
    "one_line_fence": "Use ```python add_all = lambda numbers: sum(numbers)```",
    "indented_fence_in_a_list": "1. Write it:\n   ```python\n   def add_all(numbers):\n       return sum(numbers)\n   ```\n",
    "bullet_fence": "- ```python\n  def add_all(numbers):\n      return sum(numbers)\n  ```\n",
    "fence_never_closed_before_the_next": f"```python\nx = (\n```python\n{GOOD}```",
    "windows_line_ends": f"```python\n{GOOD}```".replace("\n", "\r\n"),
    "no_fence": GOOD,
    "no_fence_with_chatter": f"Here is my answer.\n\n{GOOD}\nThis works because sum() adds.",
    "answer_to_an_opened_fence": f"{GOOD}```\nThe function adds the numbers.",
    "backticks_in_docstring": '```python\ndef add_all(numbers):\n    """Sum.\n\n    ```\n    add_all([1])\n    ```\n    """\n    return sum(numbers)\n```',
    "backticks_in_string": '```python\nMARK = "```"\n\n\ndef add_all(numbers):\n    return sum(numbers)\n```',
    "corrected_version_wins": f"```python\ndef add_all(numbers):\n    return 0\n```\nOops, better:\n```python\n{GOOD}```",
    "usage_in_a_second_block": f"```python\n{GOOD}```\nUsage:\n```python\nprint(add_all([1, 2]))\n```\nOutput:\n```\n3\n```",
    "stub_repeated_behind": f"```python\n{GOOD}```\nSignature:\n```python\ndef add_all(numbers):\n    ...\n```",
    "helper_in_an_earlier_block": "```python\ndef plus(a, b):\n    return a + b\n```\nand\n```python\nimport functools\n\n\ndef add_all(numbers):\n    return functools.reduce(plus, numbers, 0)\n```",
    "helper_in_a_later_block": "```python\ndef add_all(numbers):\n    return total(numbers)\n```\nwith\n```python\ndef total(numbers):\n    return sum(numbers)\n```",
    "bash_block_beside": f"```bash\npip install nothing\n```\n```python\n{GOOD}```",
    "broken_usage_behind": f"```python\n{GOOD}\nprint(add_all([1, 2)\n```",
    "truncated_behind": f"```python\n{GOOD}\n\ndef test_add():\n    assert add_all([1, 2",
    "body_only": "    total = 0\n    for number in numbers:\n        total += number\n    return total\n",
    "body_with_first_indent_lost": "total = 0\n    for number in numbers:\n        total += number\n    return total\n",
    "body_without_indent": "total = 0\nfor number in numbers:\n    total += number\nreturn total\n",
    "body_in_a_fence": "```python\n    return sum(numbers)\n```",
    "body_then_more_functions": "    return sum(numbers)\n\n\ndef other(x):\n    return x\n\n\nif __name__ == '__main__':\n    print(add_all([1]))\n",
    "body_then_end_of_text": "    return sum(numbers)\n<|endoftext|>import os\n",
    "stub_and_body": STUB + "    return sum(numbers)\n",
    "class_solution": "```python\nclass Solution:\n    def add_all(self, numbers: List[int]) -> int:\n        return sum(numbers)\n```",
    "class_solution_static": "class Solution:\n    @staticmethod\n    def add_all(numbers):\n        return sum(numbers)\n",
    "class_of_another_name": "class Adder:\n    def __init__(self, start=0):\n        self.start = start\n\n    def add_all(self, numbers):\n        return self.start + sum(numbers)\n",
    "missing_typing": "def add_all(numbers: List[int], extra: Optional[Dict[str, int]] = None) -> int:\n    return sum(numbers)\n",
    "missing_modules": "def add_all(numbers):\n    return int(math.fsum(numbers)) + len(deque()) + len(defaultdict(int))\n",
    "missing_numpy": "def add_all(numbers):\n    return int(np.sum(numbers))\n",
    "missing_datetime_module": "def add_all(numbers):\n    datetime.timedelta(1)\n    return sum(numbers)\n",
    "missing_datetime_class": "def add_all(numbers):\n    datetime.now()\n    return sum(numbers)\n",
    "future_import_stays_first": "from __future__ import annotations\n\n\ndef add_all(numbers: List[int]) -> int:\n    return reduce(lambda a, b: a + b, numbers, 0)\n",
    "main_block": f"{GOOD}\n\nif __name__ == '__main__':\n    raise SystemExit(add_all([1]))\n",
    "reads_input": f"{GOOD}\nnumbers = list(map(int, input().split()))\nprint(add_all(numbers))\n",
    "reads_stdin": f"import sys\n\n{GOOD}\nfor line in sys.stdin:\n    print(add_all([int(line)]))\n",
    "asserts_behind": f"{GOOD}\nassert add_all([1]) == 2\n",
    "demo_assignment": f"{GOOD}\nresult = add_all(None)\nprint(result)\n",
    "demo_loop": f"{GOOD}\nfor case in [None]:\n    print(add_all(case))\n",
    "main_called": f"{GOOD}\n\ndef main():\n    print(add_all(input()))\n\n\nmain()\n",
    "unittest_beside": f"import unittest\n\n{GOOD}\n\nclass Check(unittest.TestCase):\n    def test_it(self):\n        pass\n\n\nunittest.main()\n",
    "doctest_beside": f"import doctest\n\n{GOOD}\ndoctest.testmod()\n",
    "table_filled_by_loop": "TABLE = {}\nfor i in range(3):\n    TABLE[i] = i\n\n\ndef add_all(numbers):\n    return sum(TABLE.get(n, n) for n in numbers) if len(TABLE) == 3 else -1\n",
    "table_filled_by_call": "TABLE = []\n\n\ndef prepare():\n    TABLE.append(1)\n\n\nprepare()\n\n\ndef add_all(numbers):\n    return sum(numbers) * len(TABLE)\n",
    "table_filled_by_method": "ONES = []\nONES.append(1)\n\n\ndef add_all(numbers):\n    return sum(numbers) * ONES[0]\n",
    "recursion_limit_kept": "import sys\n\nsys.setrecursionlimit(5000)\n\n\ndef add_all(numbers):\n    return sum(numbers) if sys.getrecursionlimit() == 5000 else -1\n",
    "decorated": "@lru_cache(maxsize=None)\ndef plus(a, b):\n    return a + b\n\n\ndef add_all(numbers):\n    total = 0\n    for n in numbers:\n        total = plus(total, n)\n    return total\n",
    "assigned_lambda": "add_all = lambda numbers: sum(numbers)\n",
    "statements_on_one_line": "def add_all(numbers): return sum(numbers)\nx = 1; print(x)\n",
    "thinking_first": f"<think>Maybe\n```python\ndef add_all(n):\n    return 1\n```\n</think>\n{GOOD}",
    "invalid_escape": 'PATTERN = "\\d"\n' + GOOD,
    "unindented_lines_in_a_string": f'TEXT = """\nfirst\nsecond\n"""\n\n\n{GOOD}\nprint("broken\n',
    "unindented_list": f"TABLE = [\n1,\n2,\n]\n\n\n{GOOD}\nand that is it.\n",
}

HEAD = "import unittest\n\n\n"
CASE = "class TestAddAll(unittest.TestCase):\n    def test_two(self):\n        self.assertEqual(add_all([1, 2]), 3)\n"
RUNNER = "suite = unittest.TestLoader().loadTestsFromTestCase(TestAddAll)\nrunner = unittest.TextTestRunner()\nresult = runner.run(suite)\n"
FUNCTION_FOOTER = (
    f"def run_suite():\n    {RUNNER.replace(chr(10), chr(10) + '    ')}return result\n\n\nstored = run_suite()\nprint(stored)\n"
)

UNIT_TESTS: dict[str, str] = {
    "fenced": f"```python\n{HEAD}{CASE}```",
    "chatter": f"Here are tests.\n\n```python\n{HEAD}{CASE}```\nRun them with `python -m unittest`.",
    "no_fence": HEAD + CASE,
    "missing_import": CASE,
    "testcase_imported_by_name": "from unittest import TestCase\n\n\n" + CASE.replace("unittest.TestCase", "TestCase"),
    "testcase_not_imported": CASE.replace("unittest.TestCase", "TestCase"),
    "from_solution": "from solution import add_all\n" + HEAD + CASE,
    "from_your_module": "from your_module import add_all  # replace your_module\n" + HEAD + CASE,
    "from_dotted": "from my_package.sums import add_all\n" + HEAD + CASE,
    "from_relative": "from .sums import add_all\n" + HEAD + CASE,
    "from_star": "from solution import *\n" + HEAD + CASE,
    "import_module": "import solution\n" + HEAD + CASE.replace("add_all(", "solution.add_all("),
    "import_module_as": "import solution as s\n" + HEAD + CASE.replace("add_all(", "s.add_all("),
    "import_module_from_package": "from package import sums\n" + HEAD + CASE.replace("add_all(", "sums.add_all("),
    "import_as_other_name": "from solution import add_all as total\n" + HEAD + CASE.replace("add_all(", "total("),
    "import_beside_stdlib": "import unittest, solution\n\n\n" + CASE.replace("add_all(", "solution.add_all("),
    "import_in_the_method": HEAD + CASE.replace("self):\n", "self):\n        from solution import add_all\n"),
    "path_hack": "import sys\nsys.path.append('.')\n" + HEAD + CASE,
    "pasted_program": HEAD + "def add_all(numbers):\n    return -1\n\n\n" + CASE,
    "pasted_program_with_helper": HEAD
    + "def helper(x):\n    return -1\n\n\ndef add_all(numbers):\n    return helper(numbers)\n\n\n"
    + CASE,
    "pasted_program_in_its_own_block": f"```python\ndef add_all(numbers):\n    return -1\n```\n```python\n{HEAD}{CASE}```",
    "pasted_solution_class": HEAD
    + "class Solution:\n    def add_all(self, numbers):\n        return -1\n\n\n"
    + CASE.replace("add_all(", "Solution().add_all("),
    "solution_in_set_up": HEAD
    + CASE.replace("    def test_two", "    def setUp(self):\n        self.s = Solution()\n\n    def test_two").replace(
        "add_all(", "self.s.add_all("
    ),
    "unittest_main": HEAD + CASE + "\n\nunittest.main()\n",
    "unittest_main_with_arguments": HEAD + CASE + "\n\nunittest.main(argv=[''], exit=False)\n",
    "main_block": HEAD + CASE + "\n\nif __name__ == '__main__':\n    unittest.main()\n",
    "runner_footer": HEAD + CASE + "\n\n" + RUNNER + "print(result)\n",
    "runner_function_footer": HEAD + CASE + "\n\n" + FUNCTION_FOOTER,
    "runner_in_with": HEAD
    + CASE
    + "\n\nimport os\nwith open(os.devnull, 'w') as sink:\n    unittest.TextTestRunner(stream=sink).run(unittest.defaultTestLoader.loadTestsFromTestCase(TestAddAll))\n",
    "helper_and_constant": HEAD
    + "LIMIT = 3\n\n\ndef numbers():\n    return [1, LIMIT - 1]\n\n\n"
    + CASE.replace("[1, 2]", "numbers()"),
    "helper_in_another_block": f"```python\ndef numbers():\n    return [1, 2]\n```\n```python\n{HEAD}{CASE.replace('[1, 2]', 'numbers()')}```",
    "two_classes": HEAD
    + CASE
    + "\n\nclass TestMore(unittest.TestCase):\n    def test_none(self):\n        self.assertEqual(add_all([]), 0)\n",
    "base_class_of_its_own": HEAD + "class Base(unittest.TestCase):\n    pass\n\n\n" + CASE.replace("unittest.TestCase", "Base"),
    "subtests": HEAD
    + "CASES = [([1], 1), ([], 0)]\n\n\nclass TestAll(unittest.TestCase):\n    def test_all(self):\n"
    + "        for given, wanted in CASES:\n            with self.subTest(given=given):\n                self.assertEqual(add_all(given), wanted)\n",
    "pytest_function": "```python\ndef test_two():\n    assert add_all([1, 2]) == 3\n\n\ntest_two()\nprint('all passed')\n```",
    "pytest_imported_but_unused": "import pytest\n\n\ndef test_two():\n    assert add_all([1, 2]) == 3\n",
    "pytest_class": "class TestAddAll:\n    def test_two(self):\n        assert add_all([1, 2]) == 3\n",
    "bare_assertions": "assert add_all([1, 2]) == 3\nassert add_all([]) == 0, 'empty'\nprint('done')\n",
    "bare_assertions_with_steps": "numbers = [1, 2]\nresult = add_all(numbers)\nassert result == 3\nresult = add_all([])\nassert result == 0\n",
    "check_function": "def check(candidate):\n    assert candidate([1, 2]) == 3\n\n\ncheck(add_all)\n",
    "truncated_class": f"```python\n{HEAD}{CASE}\n    def test_more(self):\n        self.assertEqual(add_all([1, 2, 3]), 6)\n        self.assertEqual(add_all([5",
    "truncated_in_docstring": f'```python\n{HEAD}{CASE}\n    def test_more(self):\n        """It adds',
    "unterminated_fence": f"```python\n{HEAD}{CASE}",
    "corrected_version_wins": f"```python\n{HEAD}{CASE.replace(', 3)', ', 4)')}```\nFixed:\n```python\n{HEAD}{CASE}```",
    "how_to_run_behind": f"```python\n{HEAD}{CASE}```\n```bash\npython -m unittest\n```\n```python\nif __name__ == '__main__':\n    unittest.main()\n```",
    "missing_typing": HEAD + CASE.replace("self):", "self) -> Optional[List[int]]:"),
    "mock_used": HEAD + CASE.replace("        self", "        with patch('builtins.print'):\n            pass\n        self"),
}
