"""What a group shows of its tests and of its problem."""

import numpy as np
import pytest
from holdings import verdicts
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from coderm.bank.counting import added, count_group, count_tests, unsteady_columns
from coderm.bank.records import GroupStatistics, Statistics

MATRICES = arrays.arrays(np.int8, st.tuples(st.integers(0, 6), st.integers(0, 5)), elements=st.integers(0, 12))


def of(outcomes, name, **more):
    return [getattr(item, name) for item in count_tests(outcomes, **more)]


def test_cells_are_counted_by_what_they_tell():
    (known,) = count_tests(verdicts("p", "f", "e", "l", "o", "u"))
    assert (known.uses, known.passes, known.fails, known.errors, known.lost, known.unserved) == (3, 1, 1, 1, 1, 2)


@given(MATRICES)
def test_every_cell_is_counted_once(outcomes):
    for known in count_tests(outcomes):
        assert known.uses == known.passes + known.fails + known.errors
        assert known.uses + known.lost + known.unserved == len(outcomes)
        assert min(known.passes, known.fails, known.errors, known.idle, known.parted) >= 0
        assert known.parted + known.idle <= max(known.groups, known.parted)


def test_a_test_that_some_pass_and_some_do_not_parts_the_group():
    assert of(verdicts("ppf", "pff", "ppe"), "parted") == [0, 1, 0]
    assert of(verdicts("ppf", "pfp"), "parted") == [0, 1, 1]
    assert of(verdicts("ppf", "pfp"), "idle") == [1, 0, 0]


def test_a_group_that_does_not_differ_says_nothing_about_idling():
    assert of(verdicts("pp", "pp"), "groups") == [0, 0]
    assert of(verdicts("pp", "pp"), "idle") == [0, 0]


def test_a_lost_verdict_parts_nothing():
    assert of(verdicts("p", "l"), "parted") == [0]
    assert of(verdicts("p", "u"), "parted") == [0]


def test_a_test_that_the_consensus_fails_is_against_it():
    outcomes = verdicts("ppppf", "ppppf", "ffffp", "pffff")
    assert of(outcomes, "against") == [0, 0, 0, 0, 1]
    assert of(outcomes, "agreed") == [1, 1, 1, 1, 0]


def test_one_program_alone_is_no_consensus():
    assert of(verdicts("pppf", "ffff"), "against") == [0, 0, 0, 0]


def test_programs_that_pass_less_than_most_are_no_consensus():
    assert of(verdicts("ppfff", "ppfff", "fffpp"), "against") == [0] * 5


def test_a_program_that_was_cut_short_is_not_asked():
    whole = verdicts("pppf", "pppf", "fffp")
    cut = verdicts("pppf", "pppo", "fffp")
    assert sum(of(whole, "against")) == 1
    assert sum(of(cut, "against")) == 0


def test_a_test_that_gives_nothing_but_errors_while_others_are_passed_is_void():
    assert of(verdicts("pe", "fe"), "void") == [0, 1]
    assert of(verdicts("pu", "fu"), "void") == [0, 1]
    assert of(verdicts("ee", "ee"), "void") == [0, 0]
    assert of(verdicts("pl", "fl"), "void") == [0, 0]


def test_equal_programs_with_unequal_verdicts_make_a_test_unsteady():
    outcomes = verdicts("pp", "fp", "pf", "lp")
    columns = unsteady_columns(outcomes, ("a", "a", "b", "a"))
    assert columns == [0]
    assert of(outcomes, "unsteady", unsteady=columns) == [1, 0]


def test_a_lost_copy_makes_nothing_unsteady():
    assert unsteady_columns(verdicts("p", "l"), ("a", "a")) == []


@pytest.mark.parametrize(
    ("rows", "alike", "split"),
    [
        (("pp", "pp", "pp"), 1, 0),
        (("ff", "ff"), 1, 0),
        (("pf", "fp"), 1, 0),
        (("pp", "pp", "ff", "ff"), 0, 1),
        (("pp", "pp", "pp", "ff", "ff"), 0, 1),
        (("pp", "pp", "pp", "pp", "ff"), 0, 0),
        (("pp", "pf", "ff"), 0, 0),
        (("pp", "pp", "lp"), 1, 0),
    ],
)
def test_groups_are_alike_or_split_or_neither(rows, alike, split):
    known = count_group(verdicts(*rows))
    assert (known.groups, known.alike, known.split) == (1, alike, split)


@pytest.mark.parametrize("rows", [("pp",), ("pp", "ol"), ("", "")])
def test_a_group_that_compares_nothing_says_nothing(rows):
    assert count_group(verdicts(*rows)) == GroupStatistics()


def test_programs_that_pass_everything_are_counted():
    known = count_group(verdicts("pp", "pf", "pp"))
    assert (known.passed, known.programs) == (2, 3)


def test_rows_of_like_groups_end_with_another_kind():
    alike, split = count_group(verdicts("p", "p")), count_group(verdicts("p", "f", "p", "f"))
    known = added(added(GroupStatistics(), alike), alike)
    assert (known.alike_row, known.split_row) == (2, 0)
    known = added(known, GroupStatistics())
    assert known.alike_row == 2
    known = added(known, split)
    assert (known.alike, known.alike_row, known.split_row, known.groups) == (2, 0, 1, 3)


def test_idling_ends_when_a_test_parts_again():
    known = Statistics()
    for outcomes in (verdicts("pp", "pf"), verdicts("pp", "pf")):
        known = added(known, count_tests(outcomes)[0])
    assert known.idle == 2
    assert added(known, count_tests(verdicts("pp", "ff"))[0]).idle == 0


@given(st.lists(arrays.arrays(np.int8, st.tuples(st.integers(0, 6), st.just(2)), elements=st.integers(0, 12)), max_size=6))
def test_counts_of_cells_do_not_depend_on_how_groups_come(groups):
    """Sums of cells are those of all groups under one another."""
    total = [Statistics(), Statistics()]
    for outcomes in groups:
        total = [added(known, new) for known, new in zip(total, count_tests(outcomes), strict=True)]
    together = count_tests(np.concatenate([np.zeros((0, 2), np.int8), *groups]))
    for name in ("uses", "passes", "fails", "errors", "lost", "unserved"):
        assert [getattr(item, name) for item in total] == [getattr(item, name) for item in together]
