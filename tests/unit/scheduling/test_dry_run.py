"""What `--dry-run` prints before any test is written: who gets how many, and what that costs in the budget's unit."""

import io

import numpy as np
from builders import a_config
from rich.console import Console

from coderm.report.plan import print_plan
from coderm.scheduling.spending import Allotment


def printed(budget, problems=2):
    config = a_config(policy={"samples": 4, "sampling": {"max_tokens": 100}}, budget=budget, coderm={"max_attempts": 2.0})
    units, cost = np.arange(problems)[::-1], np.linspace(400, 800, problems)
    allotment = Allotment(units, np.array([0.25, *[np.nan] * (problems - 1)]), np.zeros((problems, 8)), cost)
    out = io.StringIO()
    print_plan(config, tuple(f"p/{number}" for number in range(problems)), allotment, Console(file=out, width=120))
    return out.getvalue()


def test_a_budget_in_tests_is_told_with_its_upper_bounds():
    text = printed({"total": 6, "rounds": 2})
    assert "6, of them 1 in round 1 of 2" in text
    assert "at most 12, 24,576 tokens" in text
    assert "at most 24, hidden checks apart" in text
    assert "0.250" in text
    assert "a test" not in text


def test_a_budget_in_tokens_is_told_with_what_the_first_round_is_expected_to_cost():
    text = printed({"total_tokens": 9000, "rounds": 2}, 12)
    assert "9,000 tokens, of them about " in text
    assert "66 in round 1, expected to cost 400 to 800 tokens each" in text
    assert "tokens a test" in text
    assert "..." in text
