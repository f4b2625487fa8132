"""What judges the programs of a problem: its hidden cases or its hidden unit tests."""

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
