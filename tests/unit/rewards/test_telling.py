"""A judge tells no more than its level, so it is no oracle."""

import pytest

from coderm.rewards.factory import make_reward
from coderm.rewards.group import Rollout
from coderm.rewards.reward import reward_group
from coderm.rewards.telling import told
from rewards.groups import a_group, a_verdict

SECRET = "expected 41, got 42"


def answers(*verdicts):
    group = a_group(*(Rollout(verdict) for verdict in verdicts))
    return [rewarded.answer(0, at) for at, rewarded in enumerate(reward_group(make_reward("fraction"), group))]


def test_at_outcome_nothing_tells_which_test_failed_or_what_it_expected():
    first, last = (a_verdict(row, details={at: SECRET}) for row, at in (("-++", 0), ("++-", 2)))
    lines = [told(answer, "outcome").model_copy(update={"program": 0}).model_dump_json() for answer in answers(first, last)]
    assert lines[0] == lines[1]
    assert "expected" not in lines[0]
    assert "failed" not in lines[0]


def test_which_tells_the_test_and_full_tells_why():
    (answer,) = answers(a_verdict("-+", details={0: SECRET}))
    which, full = told(answer, "which"), told(answer, "full")
    assert (which.outcomes, which.details) == (("failed", "passed"), {})
    assert (full.outcomes, full.details) == (("failed", "passed"), {0: SECRET})


@pytest.mark.parametrize("level", ["outcome", "which", "full"])
def test_the_reward_and_its_reason_are_told_at_every_level(level):
    (answer,) = answers(a_verdict("t+"))
    cut = told(answer, level)
    assert (cut.reward, cut.status, cut.passed, cut.tests, cut.terms) == (0.5, "timeout", 1, 2, {"fraction": 0.5})
