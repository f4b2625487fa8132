"""Exact early stopping: tests run in waves, and a candidate that cannot reach the leader any more is not run further.

Only for rules that count passes (`max_pass`, and `coderm`, which breaks ties among equal counts by class size). Claim: the
candidates kept, their order and scores, and so the chosen one, are those of the full matrix.

Proof. Let c(u) be the passes of program u in the full matrix, p(u) those seen so far and o(u) the tests not seen yet, each
weighted by how often the test occurs; then p(u) <= c(u) <= p(u) + o(u). A program is dropped when p(u) + o(u) < p(v) for some
v that is not tampered. Then c(u) <= p(u) + o(u) < p(v) <= c(v), so u is not among those of the highest count, whatever the
tests not seen would have said; p only grows and p + o only falls, so this stays true. Every program of the highest count is
therefore never dropped, and its row is complete. Counting the cells that were not run as not passed gives a dropped program at
most p(u) + o(u) < c(v) passes: still not the highest count. So max_pass keeps the same. The tie rule looks at classes of
equal rows among those of the highest count: a row that was cut short has fewer passes and equals none of them, so classes
and their sizes are the same, too. Tampered programs have no passes at all, seen or not; and whoever has a pass has met the
canaries before anyone is dropped, so no leader v turns out to be tampered later.

That takes the verdict of a pair as its own. The rules for looping programs see whole rows in a full run: after a timeout the next
test gets a part of the limit, and after `patience` timeouts in a row the rest is decided. Here the second is applied to rows put
together again, so that it decides the same cells. For the first, a row must never be cut within a run of timeouts: where one is
open at the end of a wave, its cells are forgotten and run again at the head of the row's next part (`reopened`). An open run has
fewer than `patience` cells, so it begins within the last `patience - 1`; what precedes it is no timeout, and behind that a row goes
on as if it had just begun. So every verdict kept comes from the state that it has in a full run, as far as a pair takes the same
CPU time twice.

A block that is given up ends the stopping: lost cells change what is compared, so all that was left out is run.

With M tests a program can be dropped only after more than M/2 of them, so the first wave has that many.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from coderm.matrix import BoolArray, IndexArray
from coderm.messages import Outcome

OutcomeArray = npt.NDArray[np.int8]
LATER_WAVES = 8
"""Waves of the second half: a wave ends with a round trip, and at most a sixteenth of the tests runs in vain."""


@dataclass(frozen=True, slots=True)
class Part:
    """Programs and tests to run, by place."""

    rows: tuple[int, ...]
    columns: range


def hopeless(outcomes: OutcomeArray, weights: IndexArray, to_come: int, tampered: Collection[int] = ()) -> BoolArray:
    """Return (U,) True for programs that cannot reach the leader, and for tampered ones.

    outcomes: (U, T), LOST where not run yet. weights: (T,) how often each test occurs. to_come: tests that may still arrive.
    """
    passes = (outcomes == Outcome.PASSED) @ weights
    unseen = (outcomes == Outcome.LOST) @ weights + to_come
    out = np.zeros(len(outcomes), np.bool_)
    out[list(tampered)] = True
    leader = int(passes[~out].max(initial=0))
    result: BoolArray = out | (passes + unseen < leader)
    return result


def decided(outcomes: OutcomeArray, patience: int) -> BoolArray:
    """Return the cells of (U, W) whole rows of a block that stand behind `patience` timeouts in a row; 0: none."""
    cells = np.zeros(outcomes.shape, np.bool_)
    streak = np.zeros(len(outcomes), np.intp)
    over = np.zeros(len(outcomes), np.bool_)
    for column in range(outcomes.shape[1] if patience else 0):
        cells[:, column] = over
        streak = np.where(outcomes[:, column] == Outcome.TIMEOUT, streak + 1, 0)
        over |= streak >= patience
    return cells


def reopened(outcomes: OutcomeArray, patience: int) -> IndexArray:
    """Return (U,) the first cell of (U, W) that must run again, since the row rule may not be through with it; W: none."""
    width = outcomes.shape[1]
    over = decided(np.pad(outcomes, ((0, 0), (0, 1))), patience)[:, -1]
    late = np.arange(width) > width - patience
    open_run = (outcomes == Outcome.TIMEOUT) & late & ~over[:, None]
    return np.where(open_run.any(axis=1), open_run.argmax(axis=1), width) if width else np.zeros(len(outcomes), np.intp)


@dataclass(slots=True)
class Waves:
    """What has been asked for of one problem's pairs; tests are asked for in order of their place.

    width: tests an uninterrupted run puts into one block. begins: first test not settled of each program that is behind the others.
    dropped: first test not settled of each program given up.
    """

    width: int
    patience: int
    stretches: list[range] = field(default_factory=list)
    asked: int = 0
    begins: dict[int, int] = field(default_factory=dict)
    dropped: dict[int, int] = field(default_factory=dict)
    whole: bool = False

    def add(self, columns: range) -> None:
        """Take the places of new tests in, cut as a full run would cut them into blocks."""
        width = max(1, min(len(columns), self.width))
        self.stretches += [columns[start : start + width] for start in range(0, len(columns), width)]

    def decided(self, outcomes: OutcomeArray) -> BoolArray:
        """Return the cells that the row rule decides, run or not."""
        cells = np.zeros(outcomes.shape, np.bool_)
        for stretch in self.stretches:
            place = slice(stretch.start, stretch.stop)
            cells[:, place] = decided(outcomes[:, place], self.patience)
        return cells

    def reopen(self, outcomes: OutcomeArray) -> BoolArray:
        """Return the cells to forget because a run of timeouts is open at the end of what was run; they are run again first."""
        cells = np.zeros(outcomes.shape, np.bool_)
        for stretch in self.stretches:
            if stretch.start < self.asked < stretch.stop:
                first = stretch.start + reopened(outcomes[:, stretch.start : self.asked], self.patience)
                behind = [int(row) for row in np.flatnonzero(first < self.asked) if int(row) not in self.dropped]
                self.begins |= {row: int(first[row]) for row in behind}
                for row in behind:
                    cells[row, first[row] : self.asked] = True
        return cells

    def advance(self, outcomes: OutcomeArray, weights: IndexArray, to_come: int, tampered: Collection[int] = ()) -> list[Part]:
        """Drop who has no hope and return what to run next; nothing when all tests known so far are run or left out.

        Call it when all that was asked for is answered, `decided` cells are filled in and those of `reopen` emptied. See `hopeless`
        for the arguments.
        """
        if self.whole:
            return self._rest(len(outcomes))
        total = int(weights.sum()) + to_come
        while self.asked < outcomes.shape[1]:
            if self.asked:
                for row in np.flatnonzero(hopeless(outcomes, weights, to_come, tampered)):
                    self.dropped.setdefault(int(row), self._begin(int(row)))
            columns = self._wave(total)
            open_rows = (outcomes[:, columns.start : columns.stop] == Outcome.LOST).any(axis=1)
            rows = [int(row) for row in np.flatnonzero(open_rows) if int(row) not in self.dropped]
            parts = self._parts(rows, columns.stop)
            self.asked = columns.stop
            if parts:
                return parts
        return []

    def run_all(self) -> None:
        """Stop stopping: from now on everything is run, what was left out included."""
        self.whole = True

    def _wave(self, total: int) -> range:
        """The next tests of one stretch: up to half of all and one, then a sixteenth at a time."""
        stretch = next(stretch for stretch in self.stretches if self.asked in stretch)
        first = total // 2 + 1
        size = first - self.asked if self.asked < first else max(1, total // (2 * LATER_WAVES))
        return range(self.asked, min(self.asked + size, stretch.stop))

    def _begin(self, row: int) -> int:
        """The first test not settled of a program, which it is about to be asked for."""
        return self.begins.pop(row, self.asked)

    def _parts(self, rows: list[int], stop: int) -> list[Part]:
        """Rows that go on at the same test together."""
        return [Part(group, range(start, stop)) for start, group in _together({row: self._begin(row) for row in rows})]

    def _rest(self, programs: int) -> list[Part]:
        """Everything not asked for yet, within stretches."""
        groups = _together({row: self.dropped.pop(row, self._begin(row)) for row in range(programs)})
        self.asked = self.stretches[-1].stop if self.stretches else 0
        return [Part(group, columns) for start, group in groups for columns in self._behind(start)]

    def _behind(self, start: int) -> Iterator[range]:
        for stretch in self.stretches:
            columns = range(max(start, stretch.start), stretch.stop)
            if columns:
                yield columns


def _together(begins: dict[int, int]) -> list[tuple[int, tuple[int, ...]]]:
    """Group rows by the test at which they begin, in its order."""
    groups: dict[int, list[int]] = defaultdict(list)
    for row, begin in begins.items():
        groups[begin].append(row)
    return [(begin, tuple(rows)) for begin, rows in sorted(groups.items())]
