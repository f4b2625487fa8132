"""Cases in a problem of one's own."""

import pytest

from coderm.errors import DataError
from coderm.messages.cases import Case, Comparison
from coderm.messages.scoring import Cases
from coderm.problems.generic import problem_from_row

CASES = [{"input": "1 2\n", "output": "3\n"}]


def row(**changes):
    return {"task_id": "sum", "question": "Add.", "cases": CASES, **changes}


def test_cases_are_read_with_their_comparison():
    found = problem_from_row(row(compare="allclose", rtol=0.5, nonzero_exit="allowed", example_cases=CASES), "f:1")
    assert found.cases == Cases((Case("1 2\n", "3\n"),), Comparison("allclose", 0.5), "allowed")
    assert found.example_cases == (Case("1 2\n", "3\n"),)
    plain = problem_from_row(row(), "f:1")
    assert plain.cases is not None
    assert plain.cases.comparison == Comparison("tokens")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"cases": []}, "is empty"),
        ({"cases": [{"input": "1"}]}, r"cases\[0\]: field 'output' is missing"),
        ({"cases": ["1"]}, r"'cases\[0\]' must be dict"),
        ({"compare": "close"}, "known are exact"),
        ({"compare": "checker"}, "'checker' holds a program exactly where"),
        ({"checker": "print(1)"}, "'checker' holds a program exactly where"),
        ({"compare": "allclose", "rtol": -1}, "at least 0"),
        ({"rtol": "1"}, "must be a number"),
        ({"nonzero_exit": "maybe"}, "known are fails, allowed"),
        ({"checks": ["assert f() == 1"]}, "both 'checks' and 'cases'"),
    ],
)
def test_what_contradicts_itself_is_named(changes, said: str):
    with pytest.raises(DataError, match=said):
        problem_from_row(row(**changes), "f:1")
