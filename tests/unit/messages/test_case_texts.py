"""Cases as texts, and the views of a problem that are made of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderm.messages.case_texts import case_of, case_text
from coderm.messages.cases import Case
from coderm.messages.problem import Problem
from coderm.messages.scoring import Cases

TEXTS = st.text(st.characters())


@given(TEXTS, TEXTS)
def test_a_case_comes_back_whatever_it_holds(given_text: str, expected: str):
    case = Case(given_text, expected)
    assert case_of(case_text(case)) == case


@pytest.mark.parametrize("text", ["", "{", "[]", "5", '{"input": "1"}', '{"input": 1, "output": "2"}', "[" * 100_000])
def test_a_text_that_is_no_case_is_none(text: str):
    assert case_of(text) is None


def test_a_problem_of_cases_shows_them_as_texts():
    case = Case("1\n", "2\n")
    problem = Problem("p", "Q", cases=Cases((case,)), example_cases=(case,))
    assert problem.judged
    assert problem.hidden == problem.shown == ('{"input": "1\\n", "output": "2\\n"}',)


def test_a_problem_of_unit_tests_shows_its_modules():
    problem = Problem("p", "Q", checks=("a",), examples=("b",))
    assert (problem.judged, problem.hidden, problem.shown) == (True, ("a",), ("b",))
    assert not Problem("p", "Q").judged
