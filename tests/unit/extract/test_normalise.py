import pytest

from coderm.extract.samples import given_programs
from coderm.extract.syntax.normalise import program_key, unit_test_key

BASE = "def f(x):\n    return x + 1\n"
SAME = {
    "comments": "# f\ndef f(x):  # x\n    return x + 1\n",
    "formatting": "def f( x ):\n\n  return (x+1)\n",
    "docstring": "'''m'''\ndef f(x):\n    '''Add one.'''\n    return x + 1\n",
    "annotations": "from typing import Any\ndef f(x: Any) -> int:\n    return x + 1\n",
}
OTHER = {
    "name": "def f(y):\n    return y + 1\n",
    "constant": "def f(x):\n    return x + 2\n",
    "type_of_constant": "def f(x):\n    return x + 1.0\n",
    "import": "import re\n" + BASE,
}
CASE = "import unittest\nclass TestA(unittest.TestCase):\n    def test_a(self):\n        assert f(1) == 2\n"


@pytest.mark.parametrize("code", SAME.values(), ids=SAME)
def test_layout_does_not_change_the_key(code):
    assert program_key(code) == program_key(BASE)


@pytest.mark.parametrize("code", OTHER.values(), ids=OTHER)
def test_meaning_changes_the_key(code):
    assert program_key(code) != program_key(BASE)


def test_texts_that_are_no_python_have_keys_of_their_own():
    assert program_key("def (") == program_key("def (") != program_key("def ((")


def test_the_class_name_of_a_test_does_not_change_its_key():
    assert unit_test_key(CASE) == unit_test_key(CASE.replace("TestA", "TestB"))


def test_the_message_of_an_assertion_does_not_change_a_tests_key():
    assert unit_test_key(CASE) == unit_test_key(CASE.replace("== 2", "== 2, 'two'"))


def test_the_expected_value_changes_a_tests_key():
    assert unit_test_key(CASE) != unit_test_key(CASE.replace("== 2", "== 3"))


def test_own_programs_that_differ_in_an_annotation_are_not_merged_since_it_may_raise():
    annotated, bare = "def f(x: List):\n    return x\n", "def f(x):\n    return x\n"
    own, other, same = given_programs([bare, annotated, bare + "# done\n"])
    assert own.key == same.key != other.key
