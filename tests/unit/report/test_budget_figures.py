"""Where the budget went."""

import math

import pytest
from builders import a_result

from coderm.messages.observations import RoundAllotment
from coderm.report.budget_figures import Expenditure, spent_on


def spent(*problems):
    book = Expenditure("paper", "tests", 20)
    for units, rounds, rate in problems:
        book.add(a_result(units=units, rounds=rounds), [RoundAllotment(rounds[0], 0.5, [1.0]), RoundAllotment(units, rate, [1.0])])
    return book.figures()


def test_tests_are_summed_by_round_and_by_the_last_prediction():
    found = spent((3, (1, 2), 0.05), (5, (2, 3), 0.05), (4, (4, 0), 0.5))
    assert found == {
        "model": "paper",
        "unit": "tests",
        "total": 20,
        "spent": 9,  # three tests came of each problem
        "left": 11,
        "rounds": [7, 5],
        "by_predicted_pass_rate": {
            "0 to 0.1": {"problems": 2, "tests": 8, "spent": 6},
            "0.3 to 0.7": {"problems": 1, "tests": 4, "spent": 3},
        },
    }


@pytest.mark.parametrize(("unit", "cost"), [("tests", 3), ("tokens", 37), ("CPU seconds", 3.75)])
def test_a_problem_costs_its_tests_their_tokens_or_their_time(unit, cost):
    result = a_result(tokens={"policy": 12, "policy_prompt": 10, "coderm": 30, "coderm_prompt": 7})
    assert spent_on(result, unit) == cost


def test_tests_that_were_given_drain_no_budget():
    book = Expenditure("equal", "tests", 20)
    book.add(a_result(), [])
    assert (book.figures()["total"], book.figures()["left"], book.figures()["spent"]) == (None, None, 3)


def test_without_a_probe_only_rounds_are_known():
    book = Expenditure("equal")
    book.add(a_result(units=3, rounds=(3,)), [RoundAllotment(3, math.nan, [1.0])])
    found = book.figures()
    assert (found["rounds"], found["by_predicted_pass_rate"]) == ([3], {})
