"""No text makes the readers raise or warn."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coderm.extract import Extracted, Rejection, extract_program, extract_unit_test
from coderm.extract.samples import given_programs, given_tests

from .samples import PROBLEM, PROGRAMS, UNIT_TESTS

LOOSE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FENCES = ["```python\n", "```\n", "~~~\n", "<think>", "</think>"]
PROGRAM = [
    "def add_all(numbers):\n",
    "    return 1\n",
    "class Solution:\n",
    "    def add_all(self, n):\n",
    "x = 1",
    "@d\n",
    "Solution()",
]
UNIT_TEST = ["class A(unittest.TestCase):\n", "    def test_a(self):\n", "        assert add_all([1]) == 1\n", "def test_b():\n"]
STATEMENTS = ["import x\n", "from a import add_all as b\n", "print(1)\n", "assert add_all([])\n", "if x:\n", "else:\n", "# c\n"]
SIGNS = ['"""', "'", "(", ")", "]", "\\", "\n", "    ", "\t", ";", "\r", "\0", "\x0c", "\ud800", "é"]
FRAGMENTS = st.sampled_from(FENCES + PROGRAM + UNIT_TEST + STATEMENTS + SIGNS)
HOSTILE = {
    "prose": "word word\n" * 2_500,
    "short_lines": "x\n" * 12_500,
    "broken_functions": "def g(:\n" * 3_000,
    "open_brackets": "x = [\n" * 4_000,
    "open_strings": 'a = """\n' * 3_000,
    "open_fences": "```python\n" * 2_500,
    "empty_blocks": "```\nfoo bar\n```\n" * 1_500,
    "parentheses": "(" * 100_000,
    "attributes": "a" + ".b" * 50_000,
    "long_sum": "x = " + "1+" * 50_000 + "1",
    "spaces": " " * 100_000 + "x",
    "many_calls": "class T(unittest.TestCase):\n    def test_a(self):\n        assert add_all([])\n" + "print(1)\n" * 2_000,
    "megabyte": "a = 1\n" * 170_000,
}


@given(st.text(max_size=300))
@LOOSE
def test_any_text_is_read_without_an_exception(text):
    assert isinstance(extract_program(text, PROBLEM), Extracted | Rejection)
    assert isinstance(extract_unit_test(text, PROBLEM), Extracted | Rejection)
    assert given_programs([text])[0].raw == text
    assert given_tests([text], PROBLEM)[0].raw == text


@given(st.lists(FRAGMENTS, max_size=25).map("".join))
@LOOSE
def test_whatever_is_accepted_is_accepted_again_with_the_same_key(text):
    program = extract_program(text, PROBLEM)
    if isinstance(program, Extracted):
        again = extract_program(program.code, PROBLEM)
        assert isinstance(again, Extracted)
        assert again.key == program.key
    unit_test = extract_unit_test(text, PROBLEM)
    if isinstance(unit_test, Extracted):
        again_test = extract_unit_test(unit_test.code, PROBLEM)
        assert isinstance(again_test, Extracted)
        assert again_test.key == unit_test.key


@given(st.sampled_from([*PROGRAMS.values(), *UNIT_TESTS.values()]), st.integers(0, 600), st.booleans())
@LOOSE
def test_an_answer_cut_anywhere_is_read_without_an_exception(text, length, wrapped):
    part = ("```python\n" if wrapped else "") + text[:length]
    assert isinstance(extract_program(part, PROBLEM), Extracted | Rejection)
    assert isinstance(extract_unit_test(part, PROBLEM), Extracted | Rejection)


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_are_read_to_their_end(text):
    """That it takes work in proportion to their length is counted in test_bounded."""
    assert isinstance(extract_program(text, PROBLEM), Extracted | Rejection)
    assert isinstance(extract_unit_test(text, PROBLEM), Extracted | Rejection)
