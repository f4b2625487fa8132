import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coderm.budget.allocation.greedy import allocate
from coderm.budget.gain_models.base import ProblemFeatures
from coderm.budget.gain_models.concave import majorant_gains
from coderm.budget.gain_models.curve import Curve
from coderm.budget.gain_models.gold import Gold
from coderm.budget.gain_models.learned import Learned
from coderm.budget.gain_models.paper import Paper
from coderm.errors import DataError


def known(name, values):
    return ProblemFeatures(tuple(map(str, range(len(values)))), (name,), np.array(values, np.float64)[:, None])


def table(gains):
    return gains.rows[gains.index]


def brute_majorant(curve):
    """Highest chord over every point; falls are levelled, since tests can be thrown away."""
    points = range(len(curve))
    chords = [(a, b, (curve[b] - curve[a]) / max(b - a, 1)) for a in points for b in points if a <= b]
    top = [max(curve[a] + slope * (m - a) for a, b, slope in chords if a <= m <= b) for m in points]
    return np.diff(np.maximum.accumulate(top))


@given(arrays(np.float64, st.tuples(st.integers(1, 3), st.integers(1, 9)), elements=st.integers(0, 8).map(float)))
def test_majorant_gains_are_the_steepest_chords(curves):
    gains = majorant_gains(curves)
    assert gains.shape == (curves.shape[0], curves.shape[1] - 1)
    assert (np.diff(gains, axis=1) <= 0).all()
    for row, curve in zip(gains, curves.tolist(), strict=True):
        np.testing.assert_allclose(row, brute_majorant(curve), atol=1e-9)


def test_the_papers_model_spends_as_published():
    lambdas = known("lambda", [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.99, 1])
    assert allocate(Paper().gains(lambdas), 96, cap=100).tolist() == [0, 0, 17, 25, 19, 12, 9, 6, 4, 2, 1, 1]


def test_the_papers_model_gives_hopeless_problems_only_what_nobody_gains_from():
    units = allocate(Paper().gains(known("lambda", [0.0, 1.0, 0.5])), 9, cap=5)
    assert units.tolist() == [2, 2, 5]


@pytest.mark.parametrize("rate", [-0.01, 1.01])
def test_a_pass_rate_outside_its_range_is_refused(rate):
    with pytest.raises(DataError, match=r"\[0, 1\]"):
        Paper().gains(known("lambda", [0.5, rate]))


def test_a_model_without_its_feature_says_which():
    with pytest.raises(DataError, match="lambda is missing"):
        Paper().gains(known("rate", [0.5]))


def test_the_curve_model_spends_where_accuracy_rose_in_training():
    rates = np.repeat([0.0, 0.5, 0.9], 20)
    rises = np.repeat([[0.0] * 8, [0.1] * 8, [0.05, 0, 0, 0, 0, 0, 0, 0]], 20, axis=0)
    curves = np.cumsum(np.pad(rises, ((0, 0), (1, 0))), axis=1)
    model = Curve.fit(rates, curves, width=0.3, shrink=0)
    assert allocate(model.gains(known("lambda", [0.0, 0.5, 0.9])), 9).tolist() == [0, 8, 1]


def test_few_data_are_drawn_towards_the_mean_curve():
    rates, curves = np.array([0.1, 0.9]), np.array([[0.0, 0.0], [0.0, 1.0]])
    own = table(Curve.fit(rates, curves, width=0.5, shrink=0).gains(known("lambda", [0.1, 0.9])))
    drawn = table(Curve.fit(rates, curves, width=0.5, shrink=1e9).gains(known("lambda", [0.1, 0.9])))
    np.testing.assert_allclose(own, [[0], [1]], atol=1e-6)
    np.testing.assert_allclose(drawn, [[0.5], [0.5]], atol=1e-6)


def test_equal_difficulties_make_one_curve():
    model = Curve.fit(np.full(6, 0.5), np.tile([0.0, 0.5, 0.6], (6, 1)))
    np.testing.assert_allclose(table(model.gains(known("lambda", [0.0, 0.5, 1.0]))), np.tile([0.5, 0.1], (3, 1)))


def test_difficulties_between_those_of_training_share_their_curves():
    model = Curve.fit(np.array([0.1, 0.5]), np.array([[0.0, 0.0], [0.0, 1.0]]), shrink=0)
    gains = table(model.gains(known("lambda", [0.0, 0.1, 0.2, 0.3, 0.5, 1.0])))[:, 0]
    assert (np.diff(gains) >= 0).all()
    assert gains[1] < gains[2] < gains[3] < gains[4]


def planted(problems, seed=0, noise=0.02):
    """Problems whose feature tells how far accuracy rises, all within the first four tests."""
    rng = np.random.default_rng(seed)
    feature = rng.normal(size=problems)
    rise = np.clip(0.3 + 0.2 * feature, 0, 1)[:, None] * np.minimum(np.arange(17) / 4, 1)
    return feature, rise + noise * rng.normal(size=(problems, 1)) * (np.arange(17) > 0)


def test_the_learned_model_finds_a_planted_dependence():
    model = Learned.fit(known("x", planted(60)[0]), planted(60)[1])
    units = allocate(model.gains(known("x", [-1.5, 1.5])), 4)
    assert model.trust[:2].min() > 0.5
    assert units.tolist() == [0, 4]


def test_the_learned_model_falls_back_to_the_mean_curve_where_features_say_nothing():
    curves = planted(40)[1]
    noise = np.random.default_rng(5).normal(size=40)
    gains = table(Learned.fit(known("x", noise), curves).gains(known("x", [-2.0, 2.0])))
    np.testing.assert_allclose(gains[0], gains[1], atol=0.02)
    np.testing.assert_allclose(gains.sum(axis=1), curves.mean(axis=0)[-1] - curves.mean(axis=0)[0], atol=0.05)


def shown(examples, share):
    columns = [np.broadcast_to(np.array(values, np.float64), len(share)) for values in (examples, share, 0.0)]
    return ProblemFeatures(tuple(map(str, range(len(share)))), ("shown_examples", "shown_passed", "x"), np.stack(columns, axis=1))


def test_visible_examples_say_where_the_learned_model_starts_from():
    share = np.linspace(0.02, 0.9, 40)
    curves = np.clip(0.5 - np.abs(share - 0.4), 0, 1)[:, None] * np.minimum(np.arange(17) / 4, 1)
    model = Learned.fit(shown(2, share), curves)
    assert allocate(model.gains(shown([1, 1], [0.02, 0.4])), 4).tolist() == [0, 4]
    unknown = table(model.gains(shown([0, 0, 3], [0.02, 0.4, 0.02])))
    assert (unknown[0] == unknown[1]).all()
    assert unknown[0].sum() > unknown[2].sum()


def test_visible_examples_that_say_nothing_leave_the_mean_curve():
    rng = np.random.default_rng(3)
    share, rise = rng.uniform(0.02, 0.9, 40), rng.uniform(0, 1, (40, 1))
    model = Learned.fit(shown(2, share), rise * np.minimum(np.arange(17) / 4, 1))
    gains = table(model.gains(shown([2, 2, 0], [0.05, 0.8, 0.0])))
    np.testing.assert_allclose(gains, np.tile(gains[2], (3, 1)), atol=1e-9)


def test_without_visible_examples_in_training_every_problem_starts_from_the_mean_curve():
    feature, curves = planted(30)
    names, columns = ("shown_examples", "shown_passed", "x"), np.stack([np.zeros(30), np.zeros(30), feature], axis=1)
    blind = Learned.fit(ProblemFeatures(tuple(map(str, range(30))), names, columns), curves)
    plain = Learned.fit(known("x", feature), curves)
    seen = table(blind.gains(ProblemFeatures(("a", "b"), names, np.array([[2.0, 0.9, 0.3], [0.0, 0.0, 0.3]]))))
    np.testing.assert_allclose(seen, table(plain.gains(known("x", [0.3, 0.3]))))


def test_the_learned_model_refuses_features_it_was_not_trained_on():
    model = Learned.fit(known("x", planted(20)[0]), planted(20)[1])
    with pytest.raises(DataError, match="x is missing"):
        model.gains(known("y", [0.0]))


def test_copies_of_a_problem_are_held_out_together():
    feature, curves = planted(12, noise=0.3)
    alone = Learned.fit(known("x", feature), curves)
    copied = Learned.fit(known("x", np.tile(feature, 5)), np.tile(curves, (5, 1)), np.tile(np.arange(12), 5))
    np.testing.assert_allclose(copied.trust, alone.trust, atol=1e-6)


@pytest.mark.parametrize(
    ("features", "curves"), [([], np.zeros((0, 3))), ([0.1], np.zeros((2, 3))), ([0.1], np.full((1, 3), np.nan))]
)
def test_training_data_that_cannot_be_used_are_refused(features, curves):
    with pytest.raises(DataError, match="gain model"):
        Learned.fit(known("x", features), curves)
    with pytest.raises(DataError, match="gain model"):
        Curve.fit(np.array(features), curves)


def test_gold_gains_are_those_of_each_problems_own_curve():
    model = Gold(("0", "1"), np.array([[0.0, 0.5, 0.5], [0.2, 0.2, 0.6]]))
    np.testing.assert_allclose(table(model.gains(known("x", [0.0, 0.0]))), [[0.5, 0.0], [0.2, 0.2]])
    with pytest.raises(DataError, match="no curve of its own"):
        model.gains(known("x", [0.0] * 3))
