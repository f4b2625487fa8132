"""What a test costs: expected before any was seen, measured afterwards, in the unit of the budget."""

from dataclasses import replace

import numpy as np
import pytest

from coderm.budget.costs import PAIR_S, TEST_TOKENS, TRUST, Costs, make_costs
from coderm.budget.gain_models.base import ProblemFeatures
from coderm.budget.gain_models.equal import Equal
from coderm.budget.gain_models.paper import Paper
from coderm.budget.plan import spend, total_budget
from coderm.config.schema import BudgetConfig, CodermConfig
from coderm.errors import ConfigError
from coderm.messages.observations import Observation

TOKENS = BudgetConfig(total_tokens=10_000)
SECONDS = BudgetConfig(total_cpu_s=5.0)
WRITER = CodermConfig(oversample=1.0)


def seen(tests=0, **known):
    return Observation(
        0, "p", 4, np.zeros(0, np.float32), np.zeros(0, np.float32), np.zeros(6), tests, np.zeros((4, tests), bool), **known
    )


def each(budget, survey, votes=(), writer=WRITER):
    return make_costs(budget, writer, len(survey), survey, votes).each.tolist()


def test_in_tests_a_test_costs_one_and_those_written_are_spent():
    found = make_costs(BudgetConfig(), WRITER, 2, [], [seen(3), seen(0)])
    assert (found.each.tolist(), found.spent.tolist()) == ([1, 1], [3, 0])


def test_before_any_test_tokens_follow_from_the_prompt_and_the_answers_asked_for():
    short, long = seen(shown_chars=400), seen(shown_chars=8000)
    rotating = WRITER.model_copy(update={"show": "rotate"})
    assert each(TOKENS, [short, long], writer=rotating) == [TEST_TOKENS + 100, TEST_TOKENS + 2000]
    served = 10_000 / (2 * TEST_TOKENS)  # tests of a request that share one prompt
    assert each(TOKENS, [short, long]) == pytest.approx([TEST_TOKENS + 100 / served, TEST_TOKENS + 2000 / served])
    curt = CodermConfig.model_validate({"oversample": 2, "show": "rotate", "sampling": {"max_tokens": 50}})
    assert each(TOKENS, [seen()], writer=curt) == [100]


def test_an_engine_that_is_sent_the_prompt_for_every_few_answers_makes_it_dearer():
    writer = CodermConfig(oversample=1.25)
    budget = BudgetConfig(total_tokens=1_000_000)
    costs = make_costs(budget, writer, 1, [seen(shown_chars=8000)], [], most_answers=8)
    usable_per_call = 8 / 1.25
    assert costs.each.tolist() == [pytest.approx(1.25 * TEST_TOKENS + 2000 / usable_per_call)]


def test_before_any_test_seconds_follow_from_the_programs_and_their_time_on_examples():
    assert each(SECONDS, [seen(distinct=3, example_s=0.5), seen(distinct=2)]) == [1.5, 1.0]  # the second: as long as the others
    assert each(SECONDS, [seen(distinct=3), seen()]) == pytest.approx([3 * PAIR_S, PAIR_S])


def test_what_was_measured_replaces_what_was_expected_and_corrects_it_for_the_others():
    survey = [seen(distinct=1, example_s=1.0)] * 3
    votes = [seen(1000, cpu_s=4000.0), seen(2, cpu_s=4.0), seen(0)]
    cheap, some, none = each(SECONDS, survey, votes)
    ratio = 4004 / 1002
    assert cheap == pytest.approx(4, rel=0.01)
    assert some == pytest.approx((4 + TRUST * ratio) / (2 + TRUST))
    assert none == pytest.approx(ratio)


def test_an_engine_that_tells_no_tokens_cannot_be_paid_in_tokens():
    with pytest.raises(ConfigError, match=r"tells no tokens; use budget\.total"):
        make_costs(TOKENS, WRITER, 1, [seen()], [seen(2)])


def test_a_budget_in_another_unit_buys_fewer_of_the_dear_tests():
    rates = ProblemFeatures(("a", "b"), ("lambda",), np.array([[0.3], [0.3]]))
    costs = Costs(np.array([100.0, 400.0]), np.zeros(2))
    units = spend(BudgetConfig(total_tokens=2000), Paper().gains(rates), 0, None, costs)
    assert units[0] > units[1] > 0
    assert 2000 - 100 < units @ costs.each <= 2000
    even = spend(BudgetConfig(total_tokens=2000), Equal().gains(rates), 0, None, costs)
    assert even.tolist() in ([4, 4], [8, 3])


def test_a_later_round_spends_what_the_first_has_left_by_what_it_really_cost():
    budget = BudgetConfig(total_tokens=1000, rounds=2)
    gains = Equal().gains(ProblemFeatures.none(("a", "b")))
    first = spend(budget, gains, 0, None, Costs(np.full(2, 50.0), np.zeros(2)))
    assert first.tolist() == [5, 5]
    dearer = Costs(np.full(2, 100.0), np.array([300.0, 300.0]))
    assert (spend(budget, gains, 1, first, dearer) - first).tolist() == [2, 2]
    overspent = replace(dearer, spent=np.array([900.0, 300.0]))
    assert spend(budget, gains, 1, first, overspent).tolist() == [5, 5]


def test_floors_that_cost_more_than_the_budget_are_refused_in_its_unit():
    gains = Equal().gains(ProblemFeatures.none(("a", "b")))
    with pytest.raises(ConfigError, match=r"1,000 tokens is below the floors, which are expected to cost 1,200"):
        spend(BudgetConfig(total_tokens=1000, floor=3), gains, 0, None, Costs(np.full(2, 200.0), np.zeros(2)))


def test_a_budget_has_one_unit():
    assert (TOKENS.unit, SECONDS.unit, BudgetConfig(total=3).unit) == ("tokens", "CPU seconds", "tests")
    assert (total_budget(TOKENS, 9), total_budget(SECONDS, 9)) == (10_000, 5.0)
    with pytest.raises(ValueError, match=r"budget\.total and budget\.total_tokens are one budget in several units"):
        BudgetConfig(total=3, total_tokens=4)
