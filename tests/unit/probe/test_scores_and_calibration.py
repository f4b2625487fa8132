"""Scores agree with figures worked out by hand; calibration repairs what is known to be wrong and keeps the order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderm.probe.model.calibration import LOWEST, Calibration
from coderm.probe.training.scores import score, spearman


def test_scores_of_two_problems_by_hand():
    found = score(np.array([0.5, 0.25]), np.array([1.0, 0.0]), np.array([1.0, 3.0]))
    assert found.log_loss == pytest.approx((np.log(2) + 3 * -np.log(0.75)) / 4)
    assert found.brier == pytest.approx((0.25 + 3 * 0.0625) / 4)
    assert found.ece == pytest.approx((0.5 + 3 * 0.25) / 4)
    assert found.spearman == pytest.approx(1)


def test_the_brier_score_counts_candidates_not_rates():
    rate, guess = 0.3, 0.4
    outcomes = np.array([1.0] * 3 + [0.0] * 7)
    found = score(np.array([guess]), np.array([rate]), np.array([10.0]))
    assert found.brier == pytest.approx(((outcomes - guess) ** 2).mean())


def test_rank_correlation_averages_ties_and_is_unknown_for_a_constant():
    assert spearman(np.array([1.0, 2, 2, 4]), np.array([1.0, 3, 2, 4])) == pytest.approx(0.9486833)
    assert spearman(np.array([1.0, 2, 3]), np.array([9.0, 5, 1])) == pytest.approx(-1)
    assert np.isnan(spearman(np.ones(3), np.array([0.0, 1, 2])))


def test_temperature_undoes_overconfidence():
    logits = np.repeat(np.linspace(-3, 3, 25), 4)
    rates = 1 / (1 + np.exp(-logits))
    fitted = Calibration.fit("temperature", 5 * logits, rates, np.ones(100))
    assert fitted.temperature == pytest.approx(5, rel=1e-3)
    assert np.allclose(fitted(5 * logits), rates, atol=1e-3)


def test_temperature_of_logits_that_know_nothing_makes_them_say_little():
    rng = np.random.default_rng(0)
    fitted = Calibration.fit("temperature", rng.normal(size=400), rng.integers(0, 2, 400).astype(float), np.ones(400))
    assert fitted.temperature > 3


def test_isotonic_gives_the_mean_of_what_was_out_of_order():
    fitted = Calibration.fit("isotonic", np.array([0.0, 1, 2, 3]), np.array([0.1, 0.6, 0.2, 0.9]), np.array([1.0, 1, 3, 1]))
    assert fitted(np.array([-5.0, 0, 1, 2, 3, 9])).tolist() == pytest.approx([0.1, 0.1, 0.3, 0.3, 0.9, 0.9])


def test_isotonic_takes_equal_logits_together():
    fitted = Calibration.fit("isotonic", np.array([1.0, 1, 2]), np.array([0.0, 0.4, 1]), np.ones(3))
    assert fitted(np.array([1.0]))[0] == pytest.approx(0.2)


@given(
    st.sampled_from(["temperature", "isotonic", "none"]),
    st.lists(st.tuples(st.floats(-50, 50), st.floats(0, 1)), min_size=1, max_size=30),
)
def test_any_calibration_keeps_the_order_and_gives_rates_inside_0_and_1(kind, pairs):
    logits, rates = np.array(pairs).T
    fitted = Calibration.fit(kind, logits, rates, np.ones(len(pairs)))
    found = fitted(np.sort(logits))
    assert (np.diff(found) >= -1e-12).all()
    assert found.min() >= LOWEST
    assert found.max() <= 1 - LOWEST
