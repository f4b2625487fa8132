"""What judges the programs of a problem: its hidden cases or its hidden unit tests."""

from collections.abc import Iterable

from coderm.extract.samples import given_tests
from coderm.messages.case_texts import case_of
from coderm.messages.problem import Problem
from coderm.messages.scoring import Cases, Suite, UnitTests


def suite_of(problem: Problem) -> Suite:
    """Return the hidden suite; empty unit tests where a problem has none."""
    return UnitTests(problem.checks) if problem.cases is None else problem.cases


def examples_of(problem: Problem) -> Suite:
    """Return what the question shows, in the same form; judged by the comparison of the hidden cases."""
    if problem.cases is None:
        return UnitTests(problem.examples)
    return Cases(problem.example_cases, problem.cases.comparison, problem.cases.nonzero_exit)


def given_suite(texts: Iterable[str], problem: Problem) -> Suite:
    """Return the user's tests of a problem; for one of standard input they are texts of cases, compared as its hidden ones are."""
    codes = tuple(sample.code for sample in given_tests(texts, problem))
    if problem.cases is None:
        return UnitTests(codes)
    cases = tuple(case for code in codes if (case := case_of(code)) is not None)
    return Cases(cases, problem.cases.comparison, problem.cases.nonzero_exit)
