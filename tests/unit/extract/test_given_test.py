"""A user's own tests: what pytest would collect becomes cases, what would judge something else goes, the rest stays."""

import io
import textwrap
import unittest
from contextlib import redirect_stdout

import pytest

from coderm.extract.unit_tests.given_test import may_need, read_given_test
from coderm.messages.problem import Problem

PROBLEM = Problem("p", "Add up.", "add_up")
RIGHT = "def add_up(xs, start=0):\n    return start + sum(xs)\n"
WRONG = "def add_up(xs, start=0):\n    return sum(xs)\n"
ONE = "    def test_it(self):\n        self.assertEqual(add_up([1, 2], 3), 6)\n"
CASE = "import unittest\nclass T(unittest.TestCase):\n" + ONE
INSIDE = textwrap.indent(CASE.removeprefix("import unittest\n"), "    ")
"""The class of CASE inside a statement of the module."""

FORMS = {
    "assert lines": "assert add_up([1, 2], 3) == 6\nassert add_up([]) == 0\n",
    "a function": "def test_add():\n    assert add_up([1, 2], 3) == 6\n",
    "a function and an import of everything": "from solution import *\ndef test_add():\n    assert add_up([1, 2], 3) == 6\n",
    "an import under another module's name": "from my_code.adding import add_up\n" + CASE,
    "a module": "import adding\ndef test_add():\n    assert adding.add_up([1, 2], 3) == 6\n",
    "check, called": "def check(candidate):\n    assert candidate([1, 2], 3) == 6\ncheck(add_up)\n",
    "check, not called": "METADATA = {}\ndef check(candidate):\n    assert candidate([1, 2], 3) == 6\n",
    "a class": "class TestAdd:\n    def test_add(self):\n        assert add_up([1, 2], 3) == 6\n",
    "a class and a function": "class TestA:\n    def test_a(self):\n        pass\ndef test_b():\n    assert add_up([], 2) == 2\n",
    "an unguarded main": CASE + "unittest.main()\n",
    "a main by its bare name": CASE.replace("import unittest", "import unittest\nfrom unittest import main")
    + "main(verbosity=2)\n",
    "a guarded main of pytest": "import pytest\n" + CASE + "if __name__ == '__main__':\n    pytest.main()\n",
    "a copy of the program": "def add_up(xs, start=0):\n    return start + sum(xs)\n" + CASE,
    "a copy with its helper": "def _sum(xs):\n    return sum(xs)\ndef add_up(xs, start=0):\n    return start + _sum(xs)\n" + CASE,
    "parameters": "import pytest\n@pytest.mark.parametrize('a, b', [(1, 3), (0, 2)])\n"
    "def test_a(a, b):\n    assert add_up([a], 2) == b\n",
    "a fixture of its own": "import pytest\n@pytest.fixture\ndef xs():\n    return [1]\n"
    "def test_a(xs):\n    assert add_up(xs, 1) == 2\n",
    "a mark and hooks": "import pytest\nclass TestA:\n    def setup_method(self):\n        self.n = 2\n"
    "    @pytest.mark.slow\n    def test_a(self):\n        assert add_up([], self.n) == 2\n",
    "an exception": "import pytest\ndef test_a():\n    with pytest.raises(TypeError):\n        add_up(3)\n"
    "    assert add_up([], 2) == 2\n",
    "a missing import": "class TestAdd(unittest.TestCase):\n" + ONE,
}


def passes(program, module):
    names: dict = {}
    with redirect_stdout(io.StringIO()):
        exec(program, names)
        exec(module, names)
        found = [value for value in names.values() if isinstance(value, type) and issubclass(value, unittest.TestCase)]
        result = unittest.TestResult()
        unittest.TestSuite(map(unittest.defaultTestLoader.loadTestsFromTestCase, found)).run(result)
    assert result.testsRun
    return result.wasSuccessful()


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
def test_every_form_tests_the_program(text):
    test = read_given_test(text, PROBLEM)
    assert (test.holds, test.needs) == (True, ())
    assert passes(RIGHT, test.code)
    assert not passes(WRONG, test.code)


@pytest.mark.parametrize(
    "text",
    [
        CASE,
        CASE + "if __name__ == '__main__':\n    unittest.main()\n",
        "import unittest; from solution_helpers_of_python import x\nbroken(",
        "x = 1",
        "",
        "import unittest\nT = type('T', (unittest.TestCase,), {'test': lambda self: self.assertEqual(add_up([1]), 1)})\n",
        CASE + "suite = unittest.TestLoader().loadTestsFromTestCase(T)\n",
        "import unittest\nif True:\n" + INSIDE,
        "import unittest\ntry:\n    import numpy\nexcept ImportError:\n    pass\nelse:\n" + INSIDE,
        "import unittest\nfor n in (1, 2):\n" + INSIDE,
        "def main():\n    def test_a():\n        assert add_up([1]) == 1\nmain()\n",
        "if True:\n    def test_a():\n        assert add_up([1]) == 1\n",
    ],
)
def test_whatever_needs_no_change_stays_as_it_is_to_the_letter(text):
    assert read_given_test(text, PROBLEM).code == text


@pytest.mark.parametrize(
    "text",
    ["if True:\n    def test_a():\n        assert add_up([1]) == 1\n", "def f():\n    def g():\n        assert add_up([])\nf()\n"],
)
def test_what_is_defined_inside_and_never_called_is_no_case(text):
    assert not read_given_test(text, PROBLEM).holds


def test_a_function_inside_that_is_called_is_a_case():
    text = "def main():\n    def check(xs, n):\n        assert add_up(xs, 3) == n\n    check([1, 2], 6)\nmain()\n"
    test = read_given_test(text, PROBLEM)
    assert passes(RIGHT, test.code)
    assert not passes(WRONG, test.code)


def test_a_suite_of_its_own_is_a_case():
    text = "import unittest\ndef load_tests(loader, tests, pattern):\n"
    text += "    return unittest.TestSuite([unittest.FunctionTestCase(run)])\ndef run():\n    assert add_up([1]) == 1\n"
    assert read_given_test(text, PROBLEM).holds


@pytest.mark.parametrize("text", ["", "x = 1", "broken(", "import unittest", "def helper():\n    return 1\n", "add_up([1])"])
def test_texts_without_a_case_are_told_apart(text):
    assert not read_given_test(text, PROBLEM).holds


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("def test_a(tmp_path):\n    assert add_up([1]) == 1\n", ("fixture 'tmp_path'",)),
        (
            "class TestA:\n    def test_a(self, numbers, capsys):\n        assert add_up(numbers) == 1\n",
            ("fixture 'capsys'", "fixture 'numbers'"),
        ),
        ("import pytest\ndef test_a():\n    assert add_up([.1]) == pytest.approx(.1)\n", ("pytest.approx",)),
        ("from pytest import approx\ndef test_a():\n    assert add_up([.1]) == approx(.1)\n", ("approx",)),
        ("from hypothesis import given\n@given(1)\ndef test_a(n):\n    assert add_up([n]) == n\n", ("given",)),
        ("async def test_a():\n    assert add_up([1]) == 1\n", ("a runner for 'async def test_a'",)),
    ],
)
def test_what_no_sandbox_has_is_named(text, needs):
    assert read_given_test(text, PROBLEM).needs == needs
    assert may_need(text)


def test_a_test_that_comes_again_is_not_read_again_unless_the_program_is_another():
    text = FORMS["a function"]
    again = "".join(list(text))
    assert read_given_test(again, PROBLEM) is read_given_test(text, PROBLEM)
    other = Problem("q", "Test.", "test_add")
    assert read_given_test(again, other) is not read_given_test(text, PROBLEM)
