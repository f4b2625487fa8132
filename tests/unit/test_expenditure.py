"""Where the budget went."""

import math

from builders import a_result

from coderm.expenditure import Expenditure
from coderm.journal import Share


def spent(*problems):
    book = Expenditure("paper")
    for units, rounds, rate in problems:
        book.add(a_result(units=units, rounds=rounds), [Share(rounds[0], 0.5, [1.0]), Share(units, rate, [1.0])])
    return book.figures()


def test_tests_are_summed_by_round_and_by_the_last_prediction():
    found = spent((3, (1, 2), 0.05), (5, (2, 3), 0.05), (4, (4, 0), 0.5))
    assert found == {
        "model": "paper",
        "rounds": [7, 5],
        "by_predicted_pass_rate": {"0 to 0.1": {"problems": 2, "tests": 8}, "0.3 to 0.7": {"problems": 1, "tests": 4}},
    }


def test_without_a_probe_only_rounds_are_known():
    book = Expenditure("equal")
    book.add(a_result(units=3, rounds=(3,)), [Share(3, math.nan, [1.0])])
    assert book.figures() == {"model": "equal", "rounds": [3], "by_predicted_pass_rate": {}}
