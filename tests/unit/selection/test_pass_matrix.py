import numpy as np
import pytest

from coderm.errors import DataError
from coderm.evaluation.confusion import one_test_confusion
from coderm.messages.execution import Outcome
from coderm.selection.base import select_matrix
from coderm.selection.max_pass import MaxPass
from coderm.selection.mbr import Mbr
from coderm.selection.pass_matrix import PassMatrix
from coderm.selection.weighted import Weighted

P, F, T, L = Outcome.PASSED, Outcome.FAILED, Outcome.TIMEOUT, Outcome.LOST
X = Outcome.LEFT_OUT


def matrix(rows):
    outcomes = np.array(rows, np.int8)
    names = tuple(f"c{i}" for i in range(len(rows))), tuple(f"t{j}" for j in range(outcomes.shape[1]))
    return PassMatrix(outcomes, np.zeros(outcomes.shape, np.float32), np.zeros(outcomes.shape, np.int8), *names)


def test_only_passed_is_a_pass_and_lost_is_no_verdict():
    cells = matrix([[P, F, L], [T, P, P]])
    assert cells.passed.tolist() == [[True, False, False], [False, True, True]]
    assert cells.known.tolist() == [[True, True, False], [True, True, True]]
    assert cells.counts()["lost"] == 1
    assert cells.counts()["passed"] == 3
    assert sum(cells.counts().values()) == 6


def test_arrays_cannot_be_written_and_the_callers_array_stays_writable():
    outcomes = np.zeros((1, 1), np.int8)
    cells = PassMatrix(outcomes, np.zeros((1, 1), np.float32), np.zeros((1, 1), np.int8), ("c",), ("t",))
    with pytest.raises(ValueError, match="read-only"):
        cells.outcomes[0, 0] = 1
    outcomes[0, 0] = 1


def test_disagreeing_shapes_are_refused():
    zero = np.zeros((1, 2), np.int8)
    with pytest.raises(DataError, match="cpu_s"):
        PassMatrix(zero, np.zeros((2, 1), np.float32), zero, ("c",), ("t", "u"))


def test_rows_and_columns_taken_twice_vote_twice():
    whole = matrix([[P, F], [F, P]]).take(np.array([0, 1, 0, 0]), np.array([0, 1, 0]))
    assert whole.outcomes.tolist() == [[P, F, P], [F, P, F], [P, F, P], [P, F, P]]
    assert whole.programs == ("c0", "c1", "c0", "c0")
    assert whole.tests == ("t0", "t1", "t0")


def test_nothing_taken_is_an_empty_matrix():
    nothing = np.zeros(0, np.intp)
    assert matrix([[P]]).take(nothing, np.array([0])).outcomes.shape == (0, 1)
    assert matrix([[P]]).take(np.array([0]), nothing).outcomes.shape == (1, 0)


def test_a_lost_cell_takes_its_test_out_rather_than_its_candidate():
    judged, rows = matrix([[P, F, P], [P, L, P], [F, P, F]]).without_lost()
    assert rows.tolist() == [0, 1, 2]
    assert judged.tests == ("t0", "t2")
    assert judged.known.all()


def test_a_candidate_that_lost_most_of_its_cells_is_taken_out():
    judged, rows = matrix([[P, F, P], [P, L, L], [F, P, F]]).without_lost()
    assert rows.tolist() == [0, 2]
    assert judged.tests == ("t0", "t1", "t2")


def test_without_any_verdict_all_candidates_stay_and_no_test():
    judged, rows = matrix([[L, L], [L, L]]).without_lost()
    assert rows.tolist() == [0, 1]
    assert judged.outcomes.shape == (2, 0)


def test_no_lost_cell_is_left():
    rng = np.random.default_rng(0)
    for _ in range(200):
        n, m = rng.integers(0, 7, 2)
        outcomes = np.where(rng.random((n, m)) < rng.random(), L, P).astype(np.int8)
        judged, rows = matrix(outcomes).without_lost()
        assert judged.known.all()
        assert len(judged.programs) == len(rows)
        if not (outcomes == L).any():
            assert judged.outcomes.shape == (n, m)


def kept_by(rule, *rows):
    return select_matrix(rule, matrix(rows)).kept.tolist()


def test_a_left_out_cell_is_neither_a_pass_nor_a_failure():
    cells = matrix([[P, T, X], [P, P, F]])
    assert cells.known.tolist() == [[True, True, False], [True] * 3]
    assert cells.passed.tolist() == [[True, False, False], [True, True, False]]
    counted = one_test_confusion([(cells, [True, True])])
    assert (int(counted.true_positives), int(counted.false_negatives)) == (3, 2)  # of five cells


def test_who_was_cut_short_takes_no_part_in_a_vote_and_takes_no_test_out_of_it():
    judged, rows = matrix([[P, T, X, X], [P, F, F, F], [F, F, P, P]]).without_lost()
    assert (rows.tolist(), judged.tests) == ([1, 2], ("t0", "t1", "t2", "t3"))
    loops, fails = [T, X, X, X], [F, F, F, P]
    for rule in (MaxPass(), Mbr(), Weighted()):
        assert kept_by(rule, loops, loops, loops, fails) == [3]


def test_who_was_cut_short_wins_only_by_having_passed_more_tests_than_each_that_was_judged_in_full():
    cut_short = [P, P, T, X]
    assert kept_by(MaxPass(), cut_short, [P, F, F, F]) == [0]
    assert kept_by(MaxPass(), cut_short, [P, F, F, P]) == [1]
    assert kept_by(Mbr(), cut_short, [P, F, F, F], [P, F, F, F]) == [0]


def test_where_everybody_was_cut_short_what_each_has_passed_decides():
    assert kept_by(MaxPass(), [P, T, X, X], [P, P, T, X], [T, X, X, X]) == [1]
    assert kept_by(MaxPass(), [T, X], [T, X]) == [0, 1]


def test_lost_cells_go_before_contenders_are_told():
    judged, rows = matrix([[P, T, X, L], [P, P, F, P], [F, F, P, L]]).without_lost()
    assert (rows.tolist(), judged.tests) == ([1, 2], ("t0", "t1", "t2"))


def test_an_unserved_cell_is_no_vote_and_takes_nothing_out():
    cells = matrix([[P, Outcome.UNSERVED], [P, F]])
    whole, kept = cells.without_lost()
    assert (kept.tolist(), whole.outcomes.shape) == ([0, 1], (2, 2))
    assert (cells.passed[0, 1], cells.known[0, 1]) == (False, False)
