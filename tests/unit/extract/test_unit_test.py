import io
import unittest

import pytest

from coderm.extract import Extracted, Reason, Rejection, extract_unit_test
from coderm.messages.problem import Problem

from .samples import CASE, HEAD, PROBLEM, UNIT_TESTS


def unit_test(text: str, problem: Problem = PROBLEM) -> Extracted:
    found = extract_unit_test(text, problem)
    assert isinstance(found, Extracted), found
    return found


def verdict(code: str, program) -> tuple[int, bool]:
    """Run a test module with a program in scope: (cases run, all passed)."""
    space: dict = {"__name__": "module", "add_all": program}
    exec(compile(code, "module", "exec"), space)
    assert space["add_all"] is program
    suite = unittest.TestSuite()
    for value in list(space.values()):
        if isinstance(value, type) and issubclass(value, unittest.TestCase) and value is not unittest.TestCase:
            suite.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(value))
    result = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
    return result.testsRun, result.wasSuccessful()


@pytest.mark.parametrize("text", UNIT_TESTS.values(), ids=UNIT_TESTS)
def test_every_shape_passes_a_right_program(text, capsys):
    ran, passed = verdict(unit_test(text).code, sum)
    assert ran >= 1
    assert passed
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("text", UNIT_TESTS.values(), ids=UNIT_TESTS)
def test_every_shape_fails_a_wrong_program(text):
    assert not verdict(unit_test(text).code, lambda numbers: -5)[1]


@pytest.mark.parametrize("text", UNIT_TESTS.values(), ids=UNIT_TESTS)
def test_reading_its_own_result_changes_nothing(text):
    first = unit_test(text)
    assert unit_test(first.code) == first


REJECTED = {
    "empty": ("", Reason.EMPTY),
    "prose": ("There is nothing to test here.", Reason.NO_CODE),
    "too_large": ("x = 1\n" * 100_000, Reason.TOO_LARGE),
    "program_only": ("```python\ndef add_all(numbers):\n    return 0\n```", Reason.NO_TEST_CLASS),
    "class_without_a_test": (HEAD + "class A(unittest.TestCase):\n    def setUp(self):\n        add_all([])\n", Reason.NO_TESTS),
    "class_with_pass": (HEAD + "class A(unittest.TestCase):\n    pass\n", Reason.NO_TESTS),
    "checks_nothing": (
        HEAD + "class A(unittest.TestCase):\n    def test_a(self):\n        print(add_all([]))\n",
        Reason.NO_ASSERTIONS,
    ),
    "tests_something_else": (HEAD + CASE.replace("add_all(", "sum("), Reason.NO_CALL),
    "only_a_comment_names_it": (HEAD + CASE.replace("add_all([1, 2])", "3") + "# add_all\n", Reason.NO_CALL),
    "broken": (f"```python\n{HEAD}{CASE.replace('def test_two(self)', 'def test_two(self')}```", Reason.SYNTAX_ERROR),
    "cut_off_at_once": (
        "```python\nclass A(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(add_all(",
        Reason.TRUNCATED,
    ),
    "pytest_needed": (
        "import pytest\n\n\ndef test_a():\n    assert add_all([0.1]) == pytest.approx(0.1)\n",
        Reason.FOREIGN_MODULE,
    ),
}


@pytest.mark.parametrize(("text", "reason"), REJECTED.values(), ids=REJECTED)
def test_every_unusable_text_has_its_reason(text, reason):
    found = extract_unit_test(text, PROBLEM)
    assert isinstance(found, Rejection)
    assert found.reason is reason


def test_text_is_kept_as_written_where_nothing_is_removed():
    code = HEAD + "# the sum\n" + CASE.replace("self):", "self):  # 1 + 2")
    assert unit_test(f"```python\n{code}```").code == code


def test_comments_survive_the_removal_of_a_footer():
    code = HEAD + CASE.replace("        self", "        # 1 + 2\n        self")
    assert unit_test(code + "\n\n# Run the tests\nif __name__ == '__main__':\n    unittest.main()\n").code == code


def test_a_helper_that_only_the_pasted_program_uses_goes_with_it():
    assert "helper" not in unit_test(UNIT_TESTS["pasted_program_with_helper"]).code


def test_an_import_that_binds_the_entry_point_goes_whatever_its_module():
    text = "from math import factorial, gcd\n" + HEAD + CASE.replace("add_all([1, 2])", "factorial(gcd(3, 6)) - 3")
    code = unit_test(text, Problem("t", "q", "factorial")).code
    assert "from math import gcd\n" in code


def test_the_entry_point_is_never_added_as_a_missing_import():
    code = unit_test(HEAD + CASE.replace("add_all([1, 2])", "gcd(3, 6)"), Problem("t", "q", "gcd")).code
    assert "math" not in code


def test_a_class_asked_for_may_be_used_by_name():
    text = "from solution import Solution\n" + HEAD + CASE.replace("add_all(", "Solution().add_all(")
    code = unit_test(text, Problem("t", "q", "Solution.add_all")).code
    assert "Solution().add_all([1, 2])" in code
    assert "import Solution" not in code
