"""Cuts regions of a matrix into blocks: small enough to answer soon, spread over all executors, within a frame."""

from collections.abc import Iterator, Sequence

from coderm.scheduling.blocks import halved, tiles
from coderm.scoring.board import Region
from coderm.scoring.settings import ScorerSettings


def block_size(pairs: int, columns: int, pair_cpu_s: float, settings: ScorerSettings, *, busy: bool = False) -> int:
    """Return the most pairs of a block, where `pairs` are to run in rows of `columns`, and one takes about `pair_cpu_s`.

    Each executor gets as many blocks, of whole rows, equally large and of about `block_s` at most. busy: all executors
    have work already, so small blocks are not made for their sake.
    """
    timely = max(int(settings.block_s / pair_cpu_s), settings.least_pairs)
    if timely < columns:
        return max(1, min(settings.block_pairs, timely))
    parts = settings.executors * -(-pairs // (timely * settings.executors))
    if busy:
        parts = min(parts, max(-(-pairs // timely), pairs // settings.spread_pairs))
    rows = -(-pairs // (columns * parts))
    return max(1, min(settings.block_pairs, rows * columns))


def apart(regions: Sequence[Region], first: int, least_pairs: int) -> list[list[Region]]:
    """Return the regions of the first rows and those of the others, which are to be cut each by themselves.

    All together where either would be less than `least_pairs`, since a block of its own costs too much then.
    """
    parts = [[_rows_of(region, 0, first) for region in regions], [_rows_of(region, first, None) for region in regions]]
    if min(sum(region.pairs for region in part) for part in parts) < least_pairs:
        return [list(regions)]
    return [[region for region in part if region.rows] for part in parts]


def _rows_of(region: Region, start: int, stop: int | None) -> Region:
    return Region(tuple(row for row in region.rows if start <= row and (stop is None or row < stop)), region.columns)


def cut_region(
    region: Region, size: int, row_bytes: Sequence[int], column_bytes: Sequence[int], most_bytes: int
) -> Iterator[Region]:
    """Yield regions of at most `size` pairs and `most_bytes` characters; row_bytes, column_bytes: of all rows and columns."""
    for rows, columns in tiles(len(region.rows), len(region.columns), size):
        some_rows = tuple(region.rows[place] for place in rows)
        some_columns = tuple(region.columns[place] for place in columns)
        room = max(1, most_bytes // 2)
        for part in _within(some_rows, row_bytes, room):
            for others in _within(some_columns, column_bytes, room):
                yield Region(part, others)


def halves(region: Region) -> list[Region]:
    """Return two halves of a region, by its rows or else its columns; a single pair is its own only part."""
    parts = halved(len(region.rows), len(region.columns))
    return [Region(region.rows[high], region.columns[wide]) for high, wide in parts] or [region]


def _within(places: tuple[int, ...], sizes: Sequence[int], room: int) -> Iterator[tuple[int, ...]]:
    """Yield consecutive parts of at most `room` characters, or of one place."""
    part: list[int] = []
    taken = 0
    for place in places:
        if part and taken + sizes[place] > room:
            yield tuple(part)
            part, taken = [], 0
        part.append(place)
        taken += sizes[place]
    yield tuple(part)
