import numpy as np
import pytest

from coderm.budget.features.survey import TEXT_FEATURES, example_features, survey_features, text_features
from coderm.budget.features.votes import VOTE_FEATURES, vote_features
from coderm.budget.gain_models.base import SPENT, ProblemFeatures
from coderm.budget.gain_models.learned import Learned
from coderm.budget.gain_models.paper import Paper
from coderm.budget.gain_models.staged import Staged
from coderm.budget.plan import budget_by_round, spend
from coderm.config.schema import BudgetConfig
from coderm.errors import ConfigError, DataError
from coderm.messages.problem import Problem
from coderm.messages.samples import Sample
from coderm.selection.observed import Observed
from coderm.selection.robust import Robust


def known(name, values):
    return ProblemFeatures(tuple(map(str, range(len(values)))), (name,), np.array(values, np.float64)[:, None])


def votes(passed):
    return dict(zip(VOTE_FEATURES, vote_features(np.array(passed, np.bool_), Robust()), strict=True))


def test_one_round_spends_everything_and_more_rounds_halve():
    assert budget_by_round(100, 1) == [100]
    assert budget_by_round(100, 3) == [25, 50, 100]
    with pytest.raises(ConfigError, match="rounds"):
        budget_by_round(100, 0)


def test_a_further_round_keeps_what_was_spent():
    gains = Paper().gains(known("lambda", [0.5, 0.01]))
    assert spend(BudgetConfig(total=10, cap=20, rounds=2), gains, 1, np.array([0, 3])).tolist() == [6, 4]
    with pytest.raises(ConfigError, match="below the floors"):
        spend(BudgetConfig(total=10, rounds=2), gains, 1, np.array([9, 3]))


def test_each_problem_is_estimated_with_the_largest_stage_it_has_reached():
    feature = np.random.default_rng(0).normal(size=40)
    rise = np.arange(9) / 8
    first = Learned.fit(known("x", feature), np.tile(rise, (40, 1)))
    second = Learned.fit(known("y", feature), np.clip(0.5 + 0.3 * feature, 0, 1)[:, None] * rise, start=2)
    features = ProblemFeatures(("a", "b", "c"), ("x", "y", SPENT), np.array([[9.0, 9.0, 1], [0.0, -1.5, 2], [0.0, 1.5, 3]]))
    gains = Staged({0: first, 2: second}).gains(features)
    np.testing.assert_allclose(gains.rows[0], 1 / 8)
    assert gains.rows[1, -1] < gains.rows[2, -1]
    with pytest.raises(DataError, match="no stage"):
        Staged({2: second}).gains(features)


def test_votes_tell_useless_tests_silent_candidates_and_the_leader():
    shown = votes([[1, 1, 0, 0], [1, 1, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]])
    assert shown["useless_tests"] == 0.5
    assert shown["passed_by_all"] == 0.25
    assert shown["silent_candidates"] == 0
    assert shown["behaviours"] == 0.4
    assert shown["leader_share"] in (0.4, 0.6)
    assert shown["margin"] > 0


def test_tests_that_agree_are_consistent_and_tests_that_contradict_are_not():
    agreeing, contradicting = votes([[1, 1], [1, 1], [0, 0], [0, 0]]), votes([[1, 0], [1, 0], [0, 1], [0, 1]])
    assert agreeing["consistency"] == pytest.approx(1)
    assert contradicting["consistency"] == pytest.approx(-1)


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (1, 1)])
def test_features_of_next_to_nothing_are_finite(shape):
    assert np.isfinite(vote_features(np.ones(shape, np.bool_), Robust())).all()
    observed = Observed(Problem("p", ""), (Sample("a", "a"),) * shape[0], np.ones(shape, np.bool_))
    assert np.isfinite(survey_features(observed)).all()


def test_texts_tell_how_often_programs_repeat():
    shown = dict(zip(TEXT_FEATURES, text_features(["a", "a ", "a", "b"], "why"), strict=True))
    assert shown["distinct"] == 0.5
    assert shown["largest_copy"] == 0.75


def test_examples_tell_how_many_there_are_and_how_many_candidates_pass_all():
    assert example_features(np.array([[1, 1, 1], [1, 1, 0], [1, 1, 1], [0, 0, 0]], np.bool_)).tolist() == [3, 0.5]
    assert example_features(None).tolist() == example_features(np.ones((4, 0), np.bool_)).tolist() == [0, 0]
