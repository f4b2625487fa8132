"""Figures of a matrix against their definitions, on matrices written as letters."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rewards.groups import LETTERS

from coderm.evaluation.confusion import per_test_confusion
from coderm.messages.execution import Outcome
from coderm.quality.columns import not_passed, passes_everything, passes_nothing, twins, unsteady
from coderm.quality.covering import greedy_cover, keeps_verdicts, smallest_suite
from coderm.quality.fidelity import fidelity
from coderm.quality.kills import kills
from coderm.quality.verdicts import Verdicts, signal
from coderm.rewards.writers.base import WrittenTests
from coderm.selection.pass_matrix import PassMatrix


def matrix(*rows):
    return np.array([[LETTERS[letter] for letter in row] for row in rows], np.int8)


def test_a_test_that_passes_everything_rejects_nobody_it_judged():
    outcomes = matrix("+-+?", "+--?", "?+-?")
    assert passes_everything(outcomes).tolist() == [0]
    assert passes_nothing(outcomes).tolist() == []
    assert passes_nothing(matrix("+-", "?-", "+?")).tolist() == [1]


def test_a_wrong_test_is_one_that_the_reference_has_a_verdict_against():
    assert not_passed(matrix("+-?!")[0]).tolist() == [1, 3]


def test_a_pair_is_unsteady_that_passed_once_and_failed_once():
    runs = np.stack([matrix("++-"), matrix("+-?"), matrix("+++")])
    assert unsteady(runs).tolist() == [[False, True, True]]
    assert not unsteady(np.stack([matrix("+"), matrix("?")])).any()


def test_twins_part_the_same_programs():
    assert twins(matrix("+-++-", "-+-+-", "+-++-")) == ((0, 2),)
    assert twins(matrix("-.-", "++-", "--+")) == ((0, 1),)
    assert twins(matrix("?+", "-+")) == ()


def test_a_program_is_accepted_by_all_tests_and_rejected_by_one():
    verdicts = Verdicts.of(matrix("++", "+-", "+?", "?-"))
    assert verdicts.accepted.tolist() == [True, False, False, False]
    assert verdicts.rejected.tolist() == [False, True, False, True]
    assert verdicts.rate == pytest.approx(1 / 3)
    assert math.isnan(Verdicts.of(np.zeros((2, 0), np.int8)).rate)


def test_signal_is_the_chance_of_a_group_that_holds_both():
    assert signal(0.5, 2) == pytest.approx(0.5)
    assert signal(0.0, 8) == signal(1.0, 8) == 0


def test_kills_count_valid_tests_only_and_each_mutant_once():
    written = WrittenTests(matrix("+++"), matrix("++-")[0], None, matrix("-+-", "---", "++-"))
    found = kills(written)
    assert found.by_test.tolist() == [2, 1, 0]
    assert found.anew.tolist() == [2, 0, 0]
    assert found.by_all == 2
    assert found.share == pytest.approx(2 / 3)
    assert math.isnan(kills(WrittenTests(matrix("+"))).share)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ([1, 2, 3], [10, 20, 90], 1),
        ([3, 2, 1], [1, 2, 3], -1),
        ([1, 1, 2], [1, 2, 3], math.sqrt(3) / 2),
        ([1, 1], [1, 2], math.nan),
    ],
)
def test_fidelity_is_the_correlation_of_ranks(ours, theirs, expected):
    assert fidelity(ours, theirs) == pytest.approx(expected, nan_ok=True)


def test_error_rates_of_each_test_in_both_definitions():
    outcomes = matrix("++", "-+", "+-", "+?")
    empty = np.zeros(outcomes.shape)
    one = PassMatrix(outcomes, empty.astype(np.float32), empty.astype(np.int8), tuple("abcd"), tuple("xy"))
    found = per_test_confusion(one, [1, 1, 0, 0])
    assert found.false_discovery_rate.tolist() == pytest.approx([2 / 3, 0])
    assert found.false_positive_rate.tolist() == pytest.approx([1, 0])
    assert found.false_omission_rate.tolist() == pytest.approx([1, 0])
    assert found.false_negative_rate.tolist() == pytest.approx([0.5, 0])


def cells(most_rows=6, most_columns=5):
    sizes = st.tuples(st.integers(1, most_rows), st.integers(1, most_columns))
    return sizes.flatmap(
        lambda size: st.lists(
            st.lists(st.sampled_from([Outcome.PASSED, Outcome.FAILED, Outcome.LOST]), min_size=size[1], max_size=size[1]),
            min_size=size[0],
            max_size=size[0],
        )
    ).map(lambda rows: np.array(rows, np.int8))


def least_by_trial(outcomes):
    places = range(outcomes.shape[1])
    sizes = (size for size in range(1, len(places) + 1))
    return next(
        size for size in sizes if any(keeps_verdicts(outcomes, np.array(part)) for part in itertools.combinations(places, size))
    )


@given(cells())
def test_the_smallest_suite_keeps_every_verdict_and_none_is_smaller(outcomes):
    found = smallest_suite(outcomes)
    assert keeps_verdicts(outcomes, found.kept)
    assert found.exact
    assert len(found.kept) == least_by_trial(outcomes)
    rejected = Verdicts.of(outcomes).rejected
    assert ((found.witness >= 0) == rejected).all()
    for row in np.flatnonzero(rejected):
        assert found.witness[row] in found.kept
        assert outcomes[row, found.witness[row]] == Outcome.FAILED


def test_greedy_alone_may_keep_one_too_many_and_the_exact_one_does_not():
    rows = ["-++-+", "-+++-", "-++++", "+-+-+", "+-++-", "+-+++"]
    failing = np.array([[letter == "-" for letter in row] for row in rows])
    assert len(greedy_cover(failing)) >= len(smallest_suite(matrix(*rows)).kept) == 2


def test_a_suite_that_rejects_nobody_keeps_one_test():
    found = smallest_suite(matrix("++", "++"))
    assert (found.kept.tolist(), found.least, found.witness.tolist()) == ([0], 1, [-1, -1])


def test_a_part_that_lets_a_rejected_program_through_does_not_keep_the_verdicts():
    assert not keeps_verdicts(matrix("+-", "++"), np.array([0]))
    assert keeps_verdicts(matrix("+-", "++"), np.array([1]))
