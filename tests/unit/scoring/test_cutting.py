"""Cutting: every pair once, within the sizes asked for, over all executors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderm.scoring.board import Region
from coderm.scoring.cutting import apart, block_size, cut_region, halves
from coderm.scoring.settings import ScorerSettings


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 60), st.integers(1, 40))
def test_every_pair_is_in_one_block_and_no_block_is_too_large(rows, columns, size, most_bytes):
    region = Region(tuple(range(3, rows + 3)), tuple(range(columns)))
    row_bytes, column_bytes = [row % 7 for row in range(rows + 3)], [column % 5 for column in range(columns)]
    covered = np.zeros((rows + 3, columns), int)
    for part in cut_region(region, size, row_bytes, column_bytes, most_bytes):
        assert part.pairs <= size
        for places, sizes in ((part.rows, row_bytes), (part.columns, column_bytes)):
            assert len(places) == 1 or sum(sizes[place] for place in places) <= max(1, most_bytes // 2)
        covered[np.ix_(part.rows, part.columns)] += 1
    assert (covered[3:] == 1).all()
    assert not covered[:3].any()


@given(st.integers(1, 20), st.integers(1, 20))
def test_halves_cover_a_region_and_end_at_single_pairs(rows, columns):
    parts = [Region(tuple(range(rows)), tuple(range(columns)))]
    covered = np.zeros((rows, columns), int)
    while parts:
        part = parts.pop()
        if part.pairs == 1:
            covered[part.rows[0], part.columns[0]] += 1
        else:
            parts += halves(part)
    assert (covered == 1).all()


@pytest.mark.parametrize(("rows", "executors", "blocks"), [(16, 2, 2), (16, 8, 8), (3, 2, 2), (1, 4, 1), (5, 8, 5)])
def test_small_batches_go_to_all_executors_in_whole_rows(rows, executors, blocks):
    size = block_size(rows * 16, 16, 1e-9, ScorerSettings(executors=executors))
    parts = list(cut_region(Region(tuple(range(rows)), tuple(range(16))), size, [1] * rows, [1] * 16, 1 << 20))
    assert len(parts) == blocks
    assert all(len(part.columns) == 16 for part in parts)


def test_slow_pairs_come_in_small_blocks_and_fast_ones_in_large():
    settings = ScorerSettings(executors=1, block_s=0.5, least_pairs=16, block_pairs=2048)
    assert block_size(100_000, 10, 0.001, settings) == 500
    assert block_size(100_000, 10, 1.0, settings) == 20  # whole rows
    assert block_size(100_000, 40, 1.0, settings) == 16  # a row is longer than a block may take
    assert block_size(100_000, 10, 1e-6, settings) == 2048


@pytest.mark.parametrize(
    ("rows", "busy", "sizes"),
    [
        (30, False, [15, 15]),
        (12, False, [6, 6]),
        (12, True, [12]),
        (13, True, [13]),
        (30, True, [15, 15]),
        (64, False, [16] * 4),
        (3, True, [3]),
    ],
)
def test_blocks_are_equally_large_and_small_requests_stay_whole_where_others_wait(rows, busy, sizes):
    settings = ScorerSettings(executors=2, block_s=0.32, least_pairs=16, spread_pairs=112)
    size = block_size(rows * 16, 16, 0.001, settings, busy=busy)
    parts = cut_region(Region(tuple(range(rows)), tuple(range(16))), size, [1] * rows, [1] * 16, 1 << 20)
    assert [len(part.rows) for part in parts] == sizes


@given(st.sets(st.integers(0, 20), min_size=1), st.integers(0, 20), st.integers(1, 40))
def test_the_first_rows_are_cut_by_themselves_where_either_side_is_worth_a_block(rows, first, least):
    regions = [Region(tuple(sorted(rows)), (0, 1)), Region((21,), (0,))]
    parts = apart(regions, first, least)
    pairs = sorted((row, column) for part in parts for one in part for row in one.rows for column in one.columns)
    assert pairs == sorted((row, column) for one in regions for row in one.rows for column in one.columns)
    before = 2 * sum(row < first for row in rows)
    sides = [{row < first for one in part for row in one.rows} for part in parts]
    assert sides == [{True}, {False}] if min(before, len(pairs) - before) >= least else len(parts) == 1
