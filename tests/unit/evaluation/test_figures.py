import math
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderm.errors import DataError
from coderm.evaluation.confusion import Confusion, all_tests_confusion, one_test_confusion
from coderm.evaluation.curves import subsample_curve, subsample_scores
from coderm.evaluation.intervals import bootstrap_mean, paired_difference
from coderm.evaluation.pass_at_k import best_of_n, pass_at_k
from coderm.messages.execution import Outcome
from coderm.selection.base import select
from coderm.selection.codet import CodeT
from coderm.selection.max_pass import MaxPass
from coderm.selection.pass_matrix import PassMatrix

P, F, L = Outcome.PASSED, Outcome.FAILED, Outcome.LOST


def matrix(rows):
    cells = np.array(rows, np.int8)
    names = tuple(f"c{i}" for i in range(cells.shape[0])), tuple(f"t{j}" for j in range(cells.shape[1]))
    return PassMatrix(cells, np.zeros(cells.shape, np.float32), np.zeros(cells.shape, np.int8), *names)


def counts(confusion):
    cells = confusion.true_positives, confusion.false_positives, confusion.false_negatives, confusion.true_negatives
    return [cell.tolist() for cell in cells]


@given(st.data())
def test_pass_at_k_equals_the_exact_binomials(data):
    n = data.draw(st.integers(0, 300))
    c, k = data.draw(st.integers(0, n)), data.draw(st.integers(0, n))
    exact = 1 - Fraction(math.comb(n - c, k), math.comb(n, k))
    assert pass_at_k(n, c, k) == pytest.approx(float(exact), rel=1e-12, abs=1e-13)


@given(st.data())
def test_pass_at_k_equals_the_share_of_subsets_with_a_correct_sample(data):
    n = data.draw(st.integers(1, 7))
    c, k = data.draw(st.integers(0, n)), data.draw(st.integers(0, n))
    subsets = list(combinations(range(n), k))
    assert pass_at_k(n, c, k) == pytest.approx(sum(any(i < c for i in subset) for subset in subsets) / len(subsets))


def test_pass_at_k_is_vectorised_over_problems_and_k():
    np.testing.assert_allclose(pass_at_k([[4], [2]], [[1], [2]], [1, 2]), [[0.25, 0.5], [1.0, 1.0]])
    np.testing.assert_allclose(pass_at_k([5, 3], [0, 1], [5, 3]), [0.0, 1.0])
    assert pass_at_k([], [], 1).shape == (0,)


@pytest.mark.parametrize(("n", "c", "k"), [(3, 4, 1), (3, 1, 4), (3, -1, 1), (3, 1, -1)])
def test_pass_at_k_refuses_impossible_counts(n, c, k):
    with pytest.raises(DataError, match="pass@k"):
        pass_at_k(n, c, k)


def test_best_of_n_is_the_fraction_of_kept_candidates_per_problem():
    passed = [np.array([[1], [1], [0]], np.bool_), np.array([[0], [1]], np.bool_)]
    scores = best_of_n([select(MaxPass(), cells) for cells in passed], [[1, 0, 1], [0, 1]])
    assert scores.tolist() == [0.5, 1.0]


def test_the_bootstrap_holds_the_mean_and_is_repeatable():
    values = np.random.default_rng(1).random(200)
    estimate = bootstrap_mean(values, np.random.default_rng(2))
    half = 1.96 * values.std(ddof=1) / math.sqrt(200)
    assert estimate.mean == pytest.approx(values.mean())
    assert estimate.low == pytest.approx(values.mean() - half, abs=half / 5)
    assert estimate.high == pytest.approx(values.mean() + half, abs=half / 5)
    assert bootstrap_mean(values, np.random.default_rng(2)) == estimate


def test_a_mean_over_no_problem_is_not_a_number():
    assert math.isnan(bootstrap_mean([], np.random.default_rng(0)).mean)


@pytest.mark.parametrize("problems", [1, 7, 53, 1200])
def test_resamples_drawn_together_are_those_drawn_one_by_one(problems):
    scores, rng = np.random.default_rng(1).random(problems), np.random.default_rng(2)
    means = [scores[rng.integers(0, problems, problems)].mean() for _ in range(90)]
    estimate = bootstrap_mean(scores, np.random.default_rng(2), resamples=90)
    assert (estimate.low, estimate.high) == tuple(np.quantile(means, [(1 - 0.95) / 2, (1 + 0.95) / 2]))


def test_pairing_removes_what_both_rules_share():
    rng = np.random.default_rng(3)
    theirs = rng.integers(0, 2, 100).astype(float)
    estimate = paired_difference(theirs + 0.01, theirs, rng)
    assert [estimate.low, estimate.high] == pytest.approx([0.01, 0.01])
    with pytest.raises(DataError, match="same problems"):
        paired_difference([1.0], [1.0, 0.0], rng)


def test_the_two_pairs_of_error_rates_differ():
    table = Confusion(*(np.asarray(count, np.int64) for count in (30, 10, 20, 40)))
    assert table.figures() == {
        "accuracy": 0.7,
        "f1": pytest.approx(60 / 90),
        "paper_far_false_discovery_rate": 0.25,
        "paper_frr_false_omission_rate": pytest.approx(1 / 3),
        "false_positive_rate": 0.2,
        "false_negative_rate": 0.4,
    }


def test_a_rate_over_nothing_is_not_a_number():
    assert all(math.isnan(value) for value in one_test_confusion([]).figures().values())


def test_one_test_counts_pool_pairs_and_leave_lost_cells_out():
    problems = [(matrix([[P, F], [L, P]]), [1, 0]), (matrix([[F]]), [0])]
    assert counts(one_test_confusion(problems)) == [1, 1, 1, 1]


def test_all_tests_accept_the_candidates_of_maximal_pass_count():
    problems = [
        (matrix([[P, P], [P, F], [P, P], [F, F]]), [1, 1, 0, 0]),
        (matrix([[F, F], [F, F]]), [0, 1]),
        (matrix(np.zeros((2, 0))), [1, 1]),
    ]
    assert counts(all_tests_confusion(problems)) == [2, 2, 1, 1]


def test_a_candidate_without_verdicts_is_neither_accepted_nor_rejected():
    assert counts(all_tests_confusion([(matrix([[P, F], [L, L]]), [1, 0])])) == [1, 0, 0, 0]


def test_labels_must_match_the_candidates():
    with pytest.raises(DataError, match="1 labels for 2 candidates"):
        one_test_confusion([(matrix([[P], [P]]), [1])])


def test_a_curve_starts_at_pass_at_1_and_ends_at_the_score_with_all_tests():
    rng = np.random.default_rng(4)
    passed, correct = rng.random((20, 8)) < 0.4, rng.random(20) < 0.5
    scores = subsample_scores(CodeT(), passed, correct, [0, 3, 8, 50], rng, repetitions=10)
    assert scores.shape == (4, 10)
    assert scores[0] == pytest.approx(correct.mean())
    full = select(CodeT(), passed).fraction_correct(correct)
    assert scores[2] == pytest.approx(full)
    assert scores[3] == pytest.approx(full)


def test_a_drawn_test_is_drawn_once_and_every_test_equally_often():
    passed, correct = np.eye(4, dtype=np.bool_), [1, 0, 0, 0]
    scores = subsample_scores(MaxPass(), passed, correct, [1, 2], np.random.default_rng(5), repetitions=4000)
    assert scores[0].mean() == pytest.approx(1 / 4, abs=0.03)
    assert set(scores[1]) == {0.0, 0.5}
    assert scores[1].mean() == pytest.approx(1 / 4, abs=0.02)


def test_the_curve_averages_problems_and_is_repeatable():
    easy = (np.ones((2, 3), np.bool_), [1, 1])
    hard = (np.eye(4, dtype=np.bool_), [1, 0, 0, 0])
    curve = subsample_curve(MaxPass(), [easy, hard], [1, 4], np.random.default_rng(6))
    again = subsample_curve(MaxPass(), [easy, hard], [1, 4], np.random.default_rng(6))
    assert curve == again
    assert curve[1].mean == pytest.approx(0.625)
    assert curve[0].low < curve[0].mean < curve[0].high
    with pytest.raises(DataError, match="no problem"):
        subsample_curve(MaxPass(), [], [1], np.random.default_rng(6))
