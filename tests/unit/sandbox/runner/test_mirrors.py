"""Streams and functions of the library that the test replaces are replaced for the program, too."""

import pytest
from talking import assert_passes, case, grade

from coderm.sandbox.runner import constants
from coderm.sandbox.runner.tester.program_names import plan

PROGRAM = """
import random, sys, time

def greet(name):
    print('Hello,', name)
    return len(name)

def complain():
    print('bad', file=sys.stderr)
    raise ValueError('bad')

def talk(callback):
    print('before')
    callback()
    print('after')

def ask():
    return input('name? ').strip(), sys.stdin.read()

def all_numbers():
    return [int(line) for line in sys.stdin]

def wait():
    time.sleep(100)
    return random.randint(1, 6)

def load(path):
    with open(path) as file:
        return file.read()

def helper():
    return 1

def use():
    return helper() + 1
"""
TOP = "import contextlib, io, sys, unittest.mock\nfrom unittest import mock\nfrom unittest.mock import call, patch\n"
CASES = {
    "redirect_stdout": (
        "out = io.StringIO()",
        "with contextlib.redirect_stdout(out):",
        "    greet('Ada')",
        "greet('Bob')",
        "self.assertEqual(out.getvalue(), 'Hello, Ada\\n')",
    ),
    "sys.stdout": (
        "kept, sys.stdout = sys.stdout, io.StringIO()",
        "greet('Ada')",
        "text, sys.stdout = sys.stdout.getvalue(), kept",
        "self.assertEqual(text, 'Hello, Ada\\n')",
    ),
    "patch of a stream": (
        "with patch('sys.stdout', new_callable=io.StringIO) as out:",
        "    greet('Ada')",
        "self.assertIn('Ada', out.getvalue())",
    ),
    "an exception": (
        "out = io.StringIO()",
        "with contextlib.redirect_stderr(out), self.assertRaises(ValueError):",
        "    complain()",
        "self.assertEqual(out.getvalue(), 'bad\\n')",
    ),
    "the order of both sides": (
        "out = io.StringIO()",
        "with contextlib.redirect_stdout(out):",
        "    talk(lambda: print('between'))",
        "self.assertEqual(out.getvalue().split(), ['before', 'between', 'after'])",
    ),
    "many calls": (
        "out = io.StringIO()",
        "with contextlib.redirect_stdout(out):",
        "    for n in range(100):",
        "        greet(str(n))",
        "self.assertEqual(out.getvalue().count('Hello'), 100)",
    ),
    "print": ("with patch('builtins.print') as shown:", "    greet('Ada')", "shown.assert_called_once_with('Hello,', 'Ada')"),
    "input": (
        "sys.stdin = io.StringIO('Ada\\nmore')",
        "self.assertEqual(ask(), ('Ada', 'more'))",
        "sys.stdin = io.StringIO('1\\n2\\n')",
        "self.assertEqual(all_numbers(), [1, 2])",
    ),
    "patch of input": (
        "with unittest.mock.patch('builtins.input', side_effect=['Ada']) as asked, patch('sys.stdin', io.StringIO('x')):",
        "    self.assertEqual(ask(), ('Ada', 'x'))",
        "asked.assert_called_once_with('name? ')",
    ),
    "time and chance": (
        "with mock.patch('time.sleep') as slept, mock.patch('random.randint', return_value=3):",
        "    self.assertEqual(wait(), 3)",
        "slept.assert_called_once_with(100)",
    ),
    "a function of the program": (
        "with patch('solution.helper', return_value=5) as helped:",
        "    self.assertEqual(use(), 6)",
        "helped.assert_called_once_with()",
        "self.assertEqual(use(), 2)",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_the_test_replaces_is_replaced_for_the_program(name):
    assert plan(TOP + case(*CASES[name]), compile(TOP + case(*CASES[name]), "<tests>", "exec")).obstacle == ""
    assert_passes(PROGRAM, *CASES[name], top=TOP)


def test_a_program_that_prints_something_else_fails():
    assert grade(PROGRAM.replace("Hello,", "Hi,"), TOP + case(*CASES["redirect_stdout"])) == [constants.FAILED]


@pytest.mark.parametrize("mock", ["Mock()", "mock.MagicMock()", "mock_open(read_data='abc')", "patch('os.getpid')"])
def test_other_mocks_fall_back(mock):
    text = "from unittest import mock\nfrom unittest.mock import Mock, mock_open, patch\n" + case(f"greet({mock})")
    assert plan(text, compile(text, "<tests>", "exec")).obstacle != ""


def test_a_mock_is_no_value_of_the_program():
    program = "def helper():\n    return 1\ndef use():\n    return helper()\ndef give():\n    return helper\n"
    for line in ("self.assertTrue(use())", "self.assertTrue(give().amount)"):
        test = TOP + case("with patch('solution.helper') as helped:", f"    {line}")
        assert grade(program, test) == [constants.UNSERVED]
