"""The pass matrix of one request while it fills: which cells to run next, and which rows are complete.

Columns are the suite's tests, then its canaries. Pure: cells go in, regions to run come out. Never looks at texts.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coderm.messages.execution import Outcome
from coderm.messages.scoring import ProgramVerdict
from coderm.scoring.row_rule import UNKNOWN, RowRule

NOT_RUN = "the sandbox ran none of the pairs asked for; ask again"


@dataclass(frozen=True, slots=True)
class Region:
    """Cells to run: each of the rows with each of the columns."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]

    @property
    def pairs(self) -> int:
        """Cells of the region."""
        return len(self.rows) * len(self.columns)


@dataclass(frozen=True, slots=True)
class Cell:
    """What is known of one pair."""

    outcome: int
    cpu_s: float = 0.0
    detail: str = ""


class Board:
    """rows x (tests + canaries) cells. portion: tests a row begins with under `first_failure`.

    Canaries are run with a row's last tests, whether it passes any: a block of their own would cost more than all the tests.
    """

    def __init__(self, rows: int, tests: int, canaries: int, rule: RowRule, portion: int) -> None:
        self._tests = tests
        self._rule = rule
        self._portion = portion
        self.outcomes: npt.NDArray[np.int8] = np.full((rows, tests + canaries), UNKNOWN, np.int8)
        self._cpu_s = np.zeros((rows, tests + canaries))
        self._details: defaultdict[int, dict[int, str]] = defaultdict(dict)
        self._cached = [0] * rows
        self._lost: dict[int, str] = {}
        self._waiting: dict[int, int] = dict.fromkeys(range(rows), 0)  # cells of open rows that are under way
        self._asked_known = [-1] * rows

    @property
    def open_rows(self) -> list[int]:
        """Rows that are not complete."""
        return list(self._waiting)

    def store(self, row: int, column: int, cell: Cell, *, cached: bool = False) -> None:
        """Note a pair's verdict; a pair that the box left out stays unknown, since the rule of the whole row decides."""
        if cell.outcome == Outcome.LEFT_OUT:
            return
        self.outcomes[row, column], self._cpu_s[row, column] = cell.outcome, cell.cpu_s
        if cell.detail and column < self._tests:
            self._details[row][column] = cell.detail
        self._cached[row] += cached and column < self._tests

    def lose(self, rows: Iterable[int], columns: Iterable[int], reason: str) -> None:
        """Note that nothing can be known about these cells, and why."""
        columns = list(columns)
        for row in rows:
            self.outcomes[row, columns] = Outcome.LOST
            self._lost.setdefault(row, reason)

    def answered(self, region: Region) -> None:
        """Note that a region, or a part of one, is no longer under way, whatever came of it."""
        for row in region.rows:
            if row in self._waiting:
                self._waiting[row] -= len(region.columns)

    def advance(self, rows: Iterable[int]) -> tuple[list[Region], list[int]]:
        """Return what to run next for those of these rows that wait for nothing, and which of them are complete now."""
        by_columns: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
        done = []
        for row in sorted(set(rows) & self._waiting.keys()):
            if self._waiting[row]:
                continue
            if columns := self._to_run(row):
                by_columns[columns].append(row)
            else:
                done.append(row)
                del self._waiting[row]
        return [Region(tuple(places), columns) for columns, places in by_columns.items()], done

    def under_way(self, region: Region) -> None:
        """Note that a region is being run."""
        for row in region.rows:
            self._waiting[row] += len(region.columns)

    def _to_run(self, row: int) -> tuple[int, ...]:
        cells = self.outcomes[row].tolist()
        known = sum(cell != UNKNOWN for cell in cells)
        columns = self._rule.to_run(cells[: self._tests], max(self._portion, known))
        if not columns:
            columns = self._canaries_to_run(cells)
        elif len(columns) == cells[: self._tests].count(UNKNOWN):
            columns += self._unknown_canaries(cells)
        if columns and known == self._asked_known[row]:  # it was asked for, and answered with nothing
            self.lose([row], columns, NOT_RUN)
            return ()
        self._asked_known[row] = known
        return tuple(columns)

    def _canaries_to_run(self, cells: list[int]) -> list[int]:
        """Canaries for a row that passes what matters: any test, or with `first_failure` each of them."""
        return self._unknown_canaries(cells) if self._matters(cells) else []

    def _matters(self, cells: list[int]) -> bool:
        tests = cells[: self._tests]
        matters = all if self._rule.stop == "first_failure" else any
        return bool(tests) and matters(cell == Outcome.PASSED for cell in tests)

    def _unknown_canaries(self, cells: list[int]) -> list[int]:
        return [column for column in range(self._tests, len(cells)) if cells[column] == UNKNOWN]

    def verdict(self, row: int) -> ProgramVerdict:
        """Return a complete row. Where a canary was lost, passes are lost too: nobody vouches for them."""
        cells = self.outcomes[row].tolist()
        tests, canaries = cells[: self._tests], cells[self._tests :]
        end = self._rule.end(tests)
        unvouched = Outcome.LOST in canaries
        outcomes = [
            Outcome.LOST if unvouched and cell == Outcome.PASSED else Outcome(cell) if place < end else Outcome.LEFT_OUT
            for place, cell in enumerate(tests)
        ]
        return ProgramVerdict(
            outcomes=tuple(outcomes),
            cpu_s=tuple(seconds if place < end else 0.0 for place, seconds in enumerate(self._cpu_s[row, : self._tests].tolist())),
            tampered=Outcome.PASSED in canaries and self._matters(cells),
            cached=self._cached[row],
            lost=self._lost.get(row, "") if Outcome.LOST in outcomes else "",
            details={place: text for place, text in self._details[row].items() if place < end},
        )

    def give_up(self, reason: str) -> list[int]:
        """Lose what is still unknown of every open row, close these rows and return them."""
        rows = self.open_rows
        for row in rows:
            cells = self.outcomes[row].tolist()
            places = self._rule.to_run(cells[: self._tests], len(cells)) or self._canaries_to_run(cells)
            self.lose([row], places, reason)
        self._waiting.clear()
        return rows
