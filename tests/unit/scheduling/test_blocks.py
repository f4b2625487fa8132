"""Blocks cover the matrix once, within the size asked for, under names made of content and place."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coderm.messages.case_texts import case_text
from coderm.messages.cases import Case, Comparison
from coderm.messages.execution import BlockResult, Limits
from coderm.messages.scoring import Cases
from coderm.scheduling.blocks import Judging, cut, execute_commands, shortened

JUDGING = Judging(Limits(), grading="shared", fallback=True, details=False, environment="box")


def commands(programs=("a", "b", "c"), tests=("t", "u"), columns=None, pairs=4, **changes):
    judging = replace(JUDGING, **changes)
    return execute_commands("p/0", "tests", programs, tests, columns or range(len(tests)), judging, pairs=pairs)


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 50), st.integers(0, 5))
def test_every_pair_is_in_one_block_and_no_block_is_too_large(rows, width, pairs, first):
    programs, tests = [f"a{i}" for i in range(rows)], [f"t{j}" for j in range(width)]
    covered = np.zeros((rows, first + width), int)
    for command in commands(programs, tests, range(first, first + width), pairs=pairs):
        assert command.block.programs == tuple(programs[i] for i in command.rows)
        assert command.block.tests == tuple(tests[j - first] for j in command.columns)
        assert len(command.rows) * len(command.columns) <= pairs
        covered[np.ix_(command.rows, command.columns)] += 1
    assert (covered[:, first:] == 1).all()
    assert (covered[:, :first] == 0).all()


def test_blocks_hold_whole_rows_where_they_can():
    assert [(command.rows, command.columns) for command in commands()] == [((0, 1), (0, 1)), ((2,), (0, 1))]


def test_nothing_to_run_is_no_block():
    assert commands(programs=()) == commands(tests=()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"programs": ("a", "b", "x")},
        {"tests": ("t", "x")},
        {"limits": Limits(cpu_s=2.0)},
        {"grading": "isolated"},
        {"environment": "other"},
    ],
)
def test_other_content_has_another_name(change):
    assert {command.command_id for command in commands(**change)} != {command.command_id for command in commands()}
    assert commands() == commands()


def test_texts_cannot_move_between_programs_and_tests_under_one_name():
    assert commands(("a",), ("b", "c"))[0].command_id != commands(("a", "b"), ("c",))[0].command_id


def test_equal_texts_at_other_places_have_names_of_their_own():
    names = [command.command_id for command in commands(("a",), ("t", "t", "t"), pairs=1)]
    assert len(set(names)) == 3


def test_ranges_cover_a_count_without_gap_or_overlap():
    assert list(cut(5, 2)) == [range(2), range(2, 4), range(4, 5)]
    assert list(cut(0, 2)) == []


def test_blocks_of_canaries_say_so():
    for kind in ("tests", "checks", "canaries"):
        (command,) = execute_commands("p/0", kind, ["p"], ["t"], [0], JUDGING, pairs=4)
        assert command.block.canaries == (kind == "canaries")


def told(*lengths):
    details = {(0, j): chr(97 + j) * length for j, length in enumerate(lengths)}
    shape = 1, len(lengths)
    return BlockResult("b", np.zeros(shape, np.int8), np.zeros(shape, np.float32), np.zeros(shape, np.int8), details)


@pytest.mark.parametrize(
    ("most", "lengths", "kept"),
    [
        (100, (10, 20), [10, 20]),
        (30, (10, 20), [10, 20]),
        (29, (10, 20), [10, 19]),
        (60, (5, 50, 50), [5, 27, 27]),
        (2, (5, 5, 5), [0, 0, 0]),
        (9, (0, 5, 5, 5), [0, 3, 3, 3]),
        (1, (), []),
    ],
)
def test_details_are_bounded_and_only_the_longest_are_cut(most, lengths, kept):
    result = told(*lengths)
    assert [len(text) for text in shortened(result, most).details.values()] == kept
    assert sum(kept) <= most
    assert all(result.details[pair].startswith(text) for pair, text in shortened(result, most).details.items())


def test_what_is_told_of_verdicts_is_no_part_of_a_block_s_name():
    assert [command.command_id for command in commands(details=True)] == [command.command_id for command in commands()]


def test_tests_of_a_problem_of_cases_become_case_blocks():
    cases = tuple(Case(f"{n}\n", f"{n}\n") for n in range(3))
    suite = Cases(cases, Comparison("decimal"), "allowed")
    found = commands(tests=tuple(map(case_text, cases)), suite=suite, pairs=6)
    assert [command.block.cases for command in found] == [cases, cases]
    assert {(command.block.comparison, command.block.nonzero_exit) for command in found} == {(Comparison("decimal"), "allowed")}
    assert all(command.block.limits == Limits() and command.block.environment == "box" for command in found)


def test_the_id_of_a_case_block_depends_on_how_outputs_are_compared():
    tests = (case_text(Case("1\n", "1\n")),)
    suites = [Cases((), Comparison(name)) for name in ("tokens", "decimal")] + [Cases((), nonzero_exit="allowed")]
    assert len({commands(tests=tests, suite=suite)[0].command_id for suite in suites}) == 3
