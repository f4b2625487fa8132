"""Estimates of the wrong programs that a suite accepts: against hand-made counts, and against a world where the truth is known."""

import numpy as np
import pytest

from coderm.quality.accepted_wrong import by_labels, by_mutants, by_unseen


def test_labels_count_accepted_among_wrong():
    found = by_labels(np.array([1, 1, 0, 0, 1], bool), np.array([1, 0, 0, 0, 1], bool))
    assert (found.share, found.accepted, found.wrong) == (pytest.approx(1 / 3), 1, 3)
    assert (found.low, found.high) == (pytest.approx(0.0084, abs=1e-4), pytest.approx(0.9057, abs=1e-4))
    assert by_labels(np.array([True]), np.array([True])) is None


def test_mutants_count_survivors():
    found = by_mutants(np.array([1, 0, 0, 0], bool))
    assert found.share == 0.25
    assert "upper bound" in found.source
    assert by_mutants(np.zeros(0, bool)) is None


def test_the_unseen_are_chaos_by_hand():
    rejections = np.array([[1, 0, 0]] * 4 + [[0, 1, 1]] + [[1, 1, 1]] * 3, bool)
    found = by_unseen(rejections, accepted=50)
    unseen = 2 / 3 * 4 * 3 / (2 * 2)
    assert found.accepted == pytest.approx(unseen)
    assert found.share == pytest.approx(unseen / (unseen + 8))
    assert found.low < found.share < found.high
    assert "Chao" in found.source


@pytest.mark.parametrize(
    ("rejections", "accepted", "share", "high"),
    [
        (np.ones((5, 3), bool), 50, 0, pytest.approx(0.5218, abs=1e-4)),  # everyone is caught often: exact interval of 0 in 5
        (np.ones((5, 3), bool), 1, 0, pytest.approx(1 / 6)),  # no more than were accepted
        (np.array([[1, 0]] * 9, bool), 0, 0, 0),  # nobody was accepted
    ],
)
def test_what_bounds_the_unseen(rejections, accepted, share, high):
    found = by_unseen(rejections, accepted)
    assert (found.share, found.high) == (share, high)


def test_without_a_rejected_program_or_a_second_test_nothing_is_estimated():
    assert by_unseen(np.zeros((0, 3), bool), 4) is None
    assert by_unseen(np.ones((3, 1), bool), 4) is None


def test_the_unseen_are_estimated_where_the_truth_is_known():
    rng = np.random.default_rng(0)
    shares, truths = [], []
    for _ in range(40):
        failing = rng.random((400, 12)) < rng.choice([0.05, 0.15, 0.4], 400)[:, None]
        caught = failing[failing.any(axis=1)]
        found = by_unseen(caught, 400)
        shares.append(found.share)
        truths.append(1 - len(caught) / 400)
    assert np.mean(shares) <= np.mean(truths) + 0.02  # a lower bound
    assert np.mean(shares) > np.mean(truths) / 2  # that tells something
