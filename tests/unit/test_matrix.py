import numpy as np
import pytest

from coderm.errors import DataError
from coderm.matrix import Dedup, PassMatrix
from coderm.messages import BlockResult, Outcome, content_hash

P, F, T, L = Outcome.PASSED, Outcome.FAILED, Outcome.TIMEOUT, Outcome.LOST


def matrix(rows):
    outcomes = np.array(rows, np.int8)
    names = tuple(f"c{i}" for i in range(len(rows))), tuple(f"t{j}" for j in range(outcomes.shape[1]))
    return PassMatrix(outcomes, np.zeros(outcomes.shape, np.float32), np.zeros(outcomes.shape, np.int8), *names)


def block(rows):
    outcomes = np.array(rows, np.int8)
    return BlockResult("b", outcomes, np.full(outcomes.shape, 0.5, np.float32), np.ones(outcomes.shape, np.int8))


def test_only_passed_is_a_pass_and_lost_is_no_verdict():
    cells = matrix([[P, F, L], [T, P, P]])
    assert cells.passed.tolist() == [[True, False, False], [False, True, True]]
    assert cells.known.tolist() == [[True, True, False], [True, True, True]]
    assert cells.lost == 1
    assert cells.counts()["lost"] == 1
    assert cells.counts()["passed"] == 3
    assert sum(cells.counts().values()) == 6


def test_rates_are_taken_over_known_cells():
    cells = matrix([[P, F, L], [L, L, L], [P, P, L]])
    np.testing.assert_array_equal(cells.pass_rate, [0.5, np.nan, 1.0])
    quality = cells.quality()
    assert quality.known.tolist() == [2, 2, 0]
    np.testing.assert_array_equal(quality.pass_rate, [1.0, 0.5, np.nan])
    assert quality.separates.tolist() == [False, True, False]


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


def test_blocks_are_laid_on_their_rows_and_columns():
    parts = [([0, 2], [1], block([[P], [F]])), ([1], [0, 1], block([[T, P]]))]
    cells = PassMatrix.assemble(["a", "b", "c"], ["t", "u"], parts)
    assert cells.outcomes.tolist() == [[L, P], [T, P], [L, F]]
    assert cells.cpu_s.tolist() == [[0, 0.5], [0.5, 0.5], [0, 0.5]]
    assert cells.grading.tolist() == [[0, 1], [1, 1], [0, 1]]


@pytest.mark.parametrize("first", [P, F])
def test_a_lost_cell_never_replaces_a_verdict(first):
    parts = [([0], [0], block([[first]])), ([0], [0], block([[L]]))]
    assert PassMatrix.assemble(["a"], ["t"], parts).outcomes.tolist() == [[first]]
    assert PassMatrix.assemble(["a"], ["t"], parts[::-1]).outcomes.tolist() == [[first]]


def test_duplicates_run_once_and_vote_as_often_as_they_occur():
    programs, tests = Dedup.of(["x", "y", "x", "x"]), Dedup.of(["s", "t", "s"])
    assert programs.hashes == (content_hash("x"), content_hash("y"))
    assert programs.first.tolist() == [0, 1]
    assert programs.index.tolist() == [0, 1, 0, 0]
    assert programs.counts.tolist() == [3, 1]
    unique = PassMatrix.assemble(programs.hashes, tests.hashes, [([0, 1], [0, 1], block([[P, F], [F, P]]))])
    whole = unique.expand(programs, tests)
    assert whole.outcomes.tolist() == [[P, F, P], [F, P, F], [P, F, P], [P, F, P]]
    assert whole.programs == tuple(content_hash(text) for text in "xyxx")


def test_expanding_foreign_texts_is_refused():
    with pytest.raises(DataError, match="distinct texts"):
        matrix([[P]]).expand(Dedup.of(["other"]), Dedup.of(["t0"]))


def test_dedup_of_nothing_is_empty():
    nothing = Dedup.of([])
    assert (nothing.hashes, nothing.first.size, nothing.index.size, nothing.counts.size) == ((), 0, 0, 0)


def test_settling_drops_tests_rather_than_candidates():
    judged, rows = matrix([[P, F, P], [P, L, P], [F, P, F]]).settled()
    assert rows.tolist() == [0, 1, 2]
    assert judged.tests == ("t0", "t2")
    assert judged.lost == 0


def test_settling_drops_a_candidate_that_lost_most_of_its_cells():
    judged, rows = matrix([[P, F, P], [P, L, L], [F, P, F]]).settled()
    assert rows.tolist() == [0, 2]
    assert judged.tests == ("t0", "t1", "t2")


def test_settling_a_matrix_without_any_verdict_keeps_all_candidates_and_no_test():
    judged, rows = matrix([[L, L], [L, L]]).settled()
    assert rows.tolist() == [0, 1]
    assert judged.outcomes.shape == (2, 0)


def test_settling_never_leaves_a_lost_cell():
    rng = np.random.default_rng(0)
    for _ in range(200):
        n, m = rng.integers(0, 7, 2)
        outcomes = np.where(rng.random((n, m)) < rng.random(), L, P).astype(np.int8)
        judged, rows = matrix(outcomes).settled()
        assert judged.lost == 0
        assert len(judged.programs) == len(rows)
        if not (outcomes == L).any():
            assert judged.outcomes.shape == (n, m)
