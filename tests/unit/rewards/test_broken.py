"""A broken test is found without a word of the programs under test."""

import pytest

from coderm.messages.cases import Case
from coderm.messages.scoring import Cases, ScoreSettings, UnitTests
from coderm.rewards.broken import broken_tests
from rewards.groups import LETTERS, a_verdict

GOOD = "import unittest\nclass A(unittest.TestCase):\n    def test(self):\n        self.assertEqual(f(1), 2)\n"
SEALED = ScoreSettings(grading="isolated", fallback=False)


@pytest.mark.parametrize("text", ["class A(:", "", "assert f(1) == 2", "\0", "def f(:\n" * 3])
def test_a_text_without_a_case_is_broken_on_the_host_alone(text):
    assert broken_tests(UnitTests((GOOD, text)), ScoreSettings()) == {1}


def test_a_test_that_the_reference_does_not_pass_is_broken():
    suite = UnitTests((GOOD,) * len(LETTERS))
    broken = broken_tests(suite, ScoreSettings(), a_verdict("".join(LETTERS)))
    assert {letter for place, letter in enumerate(LETTERS) if place not in broken} == {"+", "?", "."}


def test_a_case_of_input_and_output_is_broken_by_the_reference_only():
    suite = Cases((Case("1", "2"), Case("", "")))
    assert broken_tests(suite, ScoreSettings()) == set()
    assert broken_tests(suite, ScoreSettings(), a_verdict("-+")) == {0}


@pytest.mark.parametrize("letter", sorted(set(LETTERS) - {"n"}))
def test_nothing_that_programs_bring_about_breaks_a_test(letter):
    suite = UnitTests((GOOD, GOOD))
    assert broken_tests(suite, SEALED, None, [a_verdict(letter + "+")] * 8) == set()


def test_no_case_in_any_programs_row_counts_only_where_no_program_has_a_hand_in_it():
    suite, rows = UnitTests((GOOD, GOOD)), [a_verdict("n+"), a_verdict("nn"), a_verdict("?n")]
    assert broken_tests(suite, SEALED, None, rows) == {0}
    for settings in (ScoreSettings(grading="shared", fallback=False), ScoreSettings(grading="isolated", fallback=True)):
        assert broken_tests(suite, settings, None, rows) == set()
