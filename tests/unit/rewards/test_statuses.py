"""The table is whole, and null is only what no program can cause."""

from typing import get_args

import pytest
from hypothesis import given

from coderm.client.contract import RewardStatus
from coderm.extract.rejection import Reason
from coderm.messages.execution import Outcome
from coderm.rewards.factory import TERMS, make_reward
from coderm.rewards.group import Rollout, rejected
from coderm.rewards.reward import reward_group
from coderm.rewards.statuses import OUTCOMES, STATUSES, is_null, program_status
from rewards.groups import LETTERS, a_group, a_verdict, groups

FRACTION = make_reward("fraction")


def test_every_outcome_and_every_status_stands_in_the_table():
    assert set(OUTCOMES) == set(Outcome)
    assert set(STATUSES) == set(get_args(RewardStatus))


def test_null_is_what_the_program_cannot_have_caused():
    assert all(ruling.rewarded == (ruling.caused_by == "program") for ruling in STATUSES.values())


@pytest.mark.parametrize("letter", LETTERS)
def test_an_outcome_gives_its_program_a_reward_or_null_as_the_table_says(letter):
    (rewarded,) = reward_group(FRACTION, a_group(letter))
    outcome = LETTERS[letter]
    assert rewarded.status == OUTCOMES[outcome]
    assert rewarded.reward == {Outcome.PASSED: 1.0, Outcome.LOST: None}.get(outcome, 0.0)


@pytest.mark.parametrize("status", STATUSES)
def test_a_sample_that_was_not_judged_keeps_its_status(status):
    _, rewarded = reward_group(FRACTION, a_group("++", Rollout(unjudged=status, message="why")))
    assert (rewarded.status, rewarded.message, rewarded.caused_by) == (status, "why", STATUSES[status].caused_by)
    assert rewarded.reward == (None if is_null(status) else 0.0)


def test_the_first_test_not_passed_names_the_status_whatever_ran_after_it():
    assert program_status(tuple(LETTERS[letter] for letter in "+t-m"), tampered=False) == "timeout"
    for row, status in (("+-t", "scored"), ("+t.", "timeout"), (".+x", "exit_status"), ("?me", "memory"), ("+++", "scored")):
        assert reward_group(make_reward("all_passed"), a_group(row))[0].status == status


def test_a_program_that_passed_a_canary_is_tampered_and_gets_nothing():
    for verdict in (a_verdict("+++", tampered=True), a_verdict("+!+"), a_verdict("?+", tampered=True)):
        (rewarded,) = reward_group(FRACTION, a_group(Rollout(verdict)))
        assert (rewarded.reward, rewarded.status) == (0.0, "tampered")


def test_too_large_an_output_has_a_name_of_its_own():
    assert rejected(Reason.TOO_LARGE).unjudged == "too_large"
    assert {rejected(reason).unjudged for reason in Reason if reason is not Reason.TOO_LARGE} == {"no_code"}


def test_a_lost_verdict_says_why_where_the_service_does():
    lost = {
        "deadline: 3 of 16 pairs": "deadline",
        "the deadline passed": "deadline",
        "cancelled": "cancelled",
        "the box died": "lost",
        "scored: no": "lost",
    }
    for text, status in lost.items():
        (rewarded,) = reward_group(FRACTION, a_group(Rollout(a_verdict("+?", lost=text))))
        assert (rewarded.reward, rewarded.status, rewarded.message) == (None, status, text)


def test_a_problem_without_a_usable_test_is_null_for_all_with_the_remedy():
    without, broken = a_group("no code", Rollout(a_verdict(""))), a_group("+", "no code", broken={0})
    for group, status in ((without, "no_tests"), (broken, "broken_tests")):
        for rewarded in reward_group(FRACTION, group):
            assert (rewarded.reward, rewarded.status, rewarded.caused_by) == (None, status, "problem")
        assert all("tests" in rewarded.message for rewarded in reward_group(FRACTION, group))


def test_a_broken_test_counts_for_nobody():
    first, second = reward_group(FRACTION, a_group("+e-", "+n+", broken={1}))
    assert (first.reward, first.tests, first.status) == (0.5, 2, "scored")
    assert (second.reward, second.passed) == (1.0, 2)


@pytest.mark.parametrize("name", TERMS)
@given(group=groups())
def test_a_reward_is_null_exactly_where_its_status_says_so(name, group):
    for rewarded in reward_group(make_reward(name), group):
        assert (rewarded.reward is None) == is_null(rewarded.status)
        assert rewarded.caused_by == STATUSES[rewarded.status].caused_by
