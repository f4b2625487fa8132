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

That takes the verdict of a pair as its own, as it is: every pair that is run has its full limit. The row rule, which leaves out
what follows `patience` timeouts in a row, sees whole rows in a full run. Here it is applied to rows put together again, so that it
leaves out the same cells. A left-out cell is not unseen, since it never becomes a pass: c(u) counts passes that a full run shows.
Rules choose among contenders (matrix.contenders): J, who was judged in full, or else who has more passes than each of J. So
whoever is kept has the highest c, and where somebody of J has it, only J is kept. A dropped program has a lower c than the leader,
so it is not kept, nor does it decide which of the two it is. Only the share that breaks ties may differ in its last digits: it
counts programs that were dropped and that a full run would have cut short.

A block that is given up ends the stopping: lost cells change what is compared, so all that was skipped is run.

With M tests a program can be dropped only after more than M/2 of them, so the first wave has that many.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import numpy as np

from coderm.arrays import BoolArray, IndexArray, OutcomeArray
from coderm.messages.execution import Outcome

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


def left_out(outcomes: OutcomeArray, patience: int) -> BoolArray:
    """Return the cells of (U, W) whole rows of a block that stand behind `patience` timeouts in a row; 0: none."""
    cells = np.zeros(outcomes.shape, np.bool_)
    streak = np.zeros(len(outcomes), np.intp)
    over = np.zeros(len(outcomes), np.bool_)
    for column in range(outcomes.shape[1] if patience else 0):
        cells[:, column] = over
        streak = np.where(outcomes[:, column] == Outcome.TIMEOUT, streak + 1, 0)
        over |= streak >= patience
    return cells


@dataclass(slots=True)
class Waves:
    """What has been asked for of one problem's pairs; tests are asked for in order of their place.

    width: tests an uninterrupted run puts into one block. dropped: first test not run of each program given up.
    """

    width: int
    patience: int
    stretches: list[range] = field(default_factory=list)
    asked: int = 0
    dropped: dict[int, int] = field(default_factory=dict)
    whole: bool = False

    def add(self, columns: range) -> None:
        """Take the places of new tests in, cut as a full run would cut them into blocks."""
        width = max(1, min(len(columns), self.width))
        self.stretches += [columns[start : start + width] for start in range(0, len(columns), width)]

    def left_out(self, outcomes: OutcomeArray) -> BoolArray:
        """Return the cells that the row rule leaves out, run or not."""
        cells = np.zeros(outcomes.shape, np.bool_)
        for stretch in self.stretches:
            place = slice(stretch.start, stretch.stop)
            cells[:, place] = left_out(outcomes[:, place], self.patience)
        return cells

    def advance(self, outcomes: OutcomeArray, weights: IndexArray, to_come: int, tampered: Collection[int] = ()) -> list[Part]:
        """Drop who has no hope and return what to run next; nothing when all tests known so far are run or skipped.

        Call it when all that was asked for is answered and `left_out` cells are filled in. See `hopeless` for the arguments.
        """
        if self.whole:
            return self._rest(len(outcomes))
        total = int(weights.sum()) + to_come
        while self.asked < outcomes.shape[1]:
            if self.asked:
                for row in np.flatnonzero(hopeless(outcomes, weights, to_come, tampered)):
                    self.dropped.setdefault(int(row), self.asked)
            columns = self._wave(total)
            open_rows = (outcomes[:, columns.start : columns.stop] == Outcome.LOST).any(axis=1)
            rows = tuple(int(row) for row in np.flatnonzero(open_rows) if int(row) not in self.dropped)
            self.asked = columns.stop
            if rows:
                return [Part(rows, columns)]
        return []

    def run_all(self) -> None:
        """Stop stopping: from now on everything is run, what was skipped included."""
        self.whole = True

    def _wave(self, total: int) -> range:
        """The next tests of one stretch: up to half of all and one, then a sixteenth at a time."""
        stretch = next(stretch for stretch in self.stretches if self.asked in stretch)
        first = total // 2 + 1
        size = first - self.asked if self.asked < first else max(1, total // (2 * LATER_WAVES))
        return range(self.asked, min(self.asked + size, stretch.stop))

    def _rest(self, programs: int) -> list[Part]:
        """Everything not asked for yet, within stretches."""
        groups = _together({row: self.dropped.pop(row, self.asked) for row in range(programs)})
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
