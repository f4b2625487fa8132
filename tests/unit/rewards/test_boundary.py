"""What leaves is a finite float in its stated range, or null; names and options that nobody knows are refused."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderm.client.contract import ProgramReward, RewardTerm
from coderm.errors import DataError, InputError
from coderm.rewards.factory import LARGEST_WEIGHT, TERMS, check_stop, make_reward
from coderm.rewards.reward import Reward, checked, reward_group
from rewards.groups import a_group, groups

SUM = tuple(RewardTerm(name=name, weight=weight) for name, weight in zip(TERMS, (1.0, -0.5, 3.0, 0.1) * 9, strict=False))


@pytest.mark.parametrize("given_reward", [*TERMS, SUM], ids=str)
@given(group=groups())
def test_every_value_is_a_finite_float_in_its_range(given_reward, group):
    reward = make_reward(given_reward)
    low, high = reward.bounds(len(group.rollouts))
    bounds = {term.name: term.bounds(len(group.rollouts)) for term, _ in reward.terms}
    for at, rewarded in enumerate(reward_group(reward, group)):
        if rewarded.reward is not None:
            assert type(rewarded.reward) is float
            assert low <= rewarded.reward <= high
            assert rewarded.terms.keys() == bounds.keys()
        assert all(type(value) is float and bounds[name][0] <= value <= bounds[name][1] for name, value in rewarded.terms.items())
        line = rewarded.answer(0, at).model_dump_json()
        assert ProgramReward.model_validate(json.loads(line, parse_constant=pytest.fail)).reward == rewarded.reward


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, True, False, np.True_, 1.1, -0.1, None])
def test_what_is_no_number_of_the_range_does_not_leave(bad):
    assert checked(bad, (0.0, 1.0)) is None


def test_a_sum_that_rounding_put_beside_its_range_is_put_back():
    assert checked(1.0 + 1e-15, (0.0, 1.0)) == 1.0
    assert checked(-1e-15, (0.0, 1.0)) == 0.0


class Odd:
    """A term of somebody else that answers nonsense."""

    name = "odd"
    needs_all_tests = False

    def __init__(self, value):
        self.value = value

    def bounds(self, size):
        return 0.0, 1.0

    def __call__(self, group):
        return [self.value for _ in group.rollouts]


@pytest.mark.parametrize("bad", [math.nan, math.inf, True, 7.0])
def test_a_term_that_answers_nonsense_makes_a_null_and_not_a_number(bad):
    (rewarded,) = reward_group(Reward(((Odd(bad), 1.0),)), a_group("+"))
    assert (rewarded.reward, rewarded.status, rewarded.terms) == (None, "lost", {})


@pytest.mark.parametrize("name", TERMS)
def test_the_whole_sum_is_null_where_a_term_is(name):
    reward = make_reward((RewardTerm(name=name), *(RewardTerm(name=other) for other in ("fraction",) if other != name)))
    assert reward_group(reward, a_group("++", "deadline"))[1].reward is None


@given(weight=st.floats(-LARGEST_WEIGHT, LARGEST_WEIGHT))
def test_a_term_counts_by_its_weight(weight):
    reward = make_reward((RewardTerm(name="fraction", weight=weight), RewardTerm(name="all_passed")))
    (rewarded,) = reward_group(reward, a_group("+-"))
    assert rewarded.reward == pytest.approx(0.5 * weight)
    assert rewarded.terms == {"fraction": 0.5, "all_passed": 0.0}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("accuracy", "fraction, all_passed"),
        ((), "fraction"),
        ((RewardTerm(name="fraction"), RewardTerm(name="fraction")), "twice"),
        ((RewardTerm(name="fraction", options={"power": 2}),), "power"),
        ((RewardTerm(name="fraction", weight=1e300),), "weight"),
    ],
)
def test_a_reward_that_nobody_knows_is_refused_with_the_choices(wrong, words):
    with pytest.raises(InputError, match=words):
        make_reward(wrong)


def test_a_reward_that_needs_every_test_refuses_to_stop_at_the_first_failure():
    check_stop(make_reward("all_passed"), "first_failure")
    check_stop(make_reward("fraction"), "never")
    with pytest.raises(InputError, match="all_passed"):
        check_stop(make_reward("fraction"), "first_failure")


def test_verdicts_of_two_suites_are_no_group():
    with pytest.raises(DataError, match="one suite"):
        a_group("++", "+")
