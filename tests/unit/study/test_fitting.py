"""What `coderm study --fit` writes is what a run reads."""

import numpy as np
import pytest

from coderm.budget.base import LAMBDA, SPENT, ProblemFeatures
from coderm.budget.features import TEXT_FEATURES
from coderm.budget.votes import VOTE_FEATURES
from coderm.selection.robust import Robust
from coderm.study.cases import Case
from coderm.study.fitting import fit


@pytest.fixture
def cases():
    rng = np.random.default_rng(0)
    found = []
    for number in range(16):
        correct = rng.random(8) < number / 16
        passed = rng.random((8, 6)) < np.where(correct, 0.9, 0.2)[:, None]
        found.append(Case(f"p/{number}", "q" * number, tuple(f"program {i % 3}" for i in range(8)), passed, correct))
    return found


def test_curves_tell_hard_problems_from_easy_ones(cases):
    model = fit("curve", cases, Robust(), 4, 0)
    gains = model.gains(ProblemFeatures(("a", "b"), (LAMBDA,), np.array([[0.05], [0.5]])))
    assert gains.problems == 2
    assert (gains.rows[gains.index] >= 0).all()


def test_learned_curves_have_a_stage_before_and_one_after_the_first_votes(cases):
    model = fit("learned", cases, Robust(), 4, 0)
    assert set(model.reads) == {SPENT, *TEXT_FEATURES, *VOTE_FEATURES}
    names = (SPENT, *TEXT_FEATURES, *VOTE_FEATURES)
    values = np.random.default_rng(1).random((3, len(names)))
    values[:, 0] = 0, 2, 5
    gains = model.gains(ProblemFeatures(("a", "b", "c"), names, values))
    assert (np.diff(gains.rows[gains.index], axis=1) <= 1e-9).all()


def test_the_same_seed_fits_the_same_model(cases):
    one, two = (fit("learned", cases, Robust(), 4, 3) for _ in range(2))
    np.testing.assert_array_equal(one.stages[0].weights, two.stages[0].weights)
