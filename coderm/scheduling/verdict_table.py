"""Verdicts of one problem's unique programs while it is in work: on its tests, on hidden checks and on visible examples.

Rows are the U unique programs, columns the texts they met, in their places; a cell nobody judged yet is LOST. Who passed a canary
is noted beside the cells. Never decides what is run and never reads a text.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt

from coderm.arrays import BoolArray, IndexArray
from coderm.messages.events import Execute
from coderm.messages.execution import BlockResult, Outcome

Cell = TypeVar("Cell", np.int8, np.float32)
Codes = npt.NDArray[np.int8]
Seconds = npt.NDArray[np.float32]


_CODES: Codes = np.zeros((0, 0), np.int8)
_SECONDS: Seconds = np.zeros((0, 0), np.float32)


@dataclass(slots=True)
class VerdictTable:
    """Outcomes, seconds and gradings by place, and what else blocks reported.

    outcomes, grading: int8 (U, T) of the tests; cpu_s: float32 (U, T), seconds. checks, check_grading: int8 (U, C). examples:
    int8 (U, E); example_s: float32 (U, E), seconds. details, check_details: why a pair did not pass, by row and column.
    tampered: rows that passed a canary. reruns, flips, endless: counts of tests and checks (see BlockResult).
    """

    outcomes: Codes = field(default_factory=lambda: _CODES)
    cpu_s: Seconds = field(default_factory=lambda: _SECONDS)
    grading: Codes = field(default_factory=lambda: _CODES)
    checks: Codes = field(default_factory=lambda: _CODES)
    check_grading: Codes = field(default_factory=lambda: _CODES)
    examples: Codes = field(default_factory=lambda: _CODES)
    example_s: Seconds = field(default_factory=lambda: _SECONDS)
    details: dict[tuple[int, int], str] = field(default_factory=dict)
    check_details: dict[tuple[int, int], str] = field(default_factory=dict)
    tampered: set[int] = field(default_factory=set)
    reruns: int = 0
    flips: int = 0
    endless: int = 0
    recycled: Counter[str] = field(default_factory=Counter)

    @classmethod
    def sized(cls, programs: int, checks: int, examples: int) -> Self:
        """An empty table of so many programs that meet so many checks and examples, and no test yet."""
        codes, seconds = np.zeros((programs, 0), np.int8), np.zeros((programs, 0), np.float32)
        table = cls(codes, seconds, codes)
        table.checks, table.check_grading = (np.zeros((programs, checks), np.int8) for _ in range(2))
        table.examples, table.example_s = np.zeros((programs, examples), np.int8), np.zeros((programs, examples), np.float32)
        return table

    def widen(self, tests: int) -> None:
        """Make room for so many tests in all; what is known stays."""
        self.outcomes, self.grading = _wider(self.outcomes, tests), _wider(self.grading, tests)
        self.cpu_s = _wider(self.cpu_s, tests)

    def store(self, command: Execute, result: BlockResult) -> None:
        """Write a block's verdicts into their cells, or note who passed a canary."""
        place = _place(command.rows, command.columns)
        if result.recycled:
            self.recycled[result.recycled] += 1
        match command.kind:
            case "canaries":
                caught = (result.outcomes == Outcome.PASSED).any(axis=1)
                self.tampered.update(row for row, passed in zip(command.rows, caught, strict=True) if passed)
            case "examples":
                self.examples[place], self.example_s[place] = result.outcomes, result.cpu_s
            case "checks":
                self.checks[place], self.check_grading[place] = result.outcomes, result.grading
                self._count(command, result, self.check_details)
            case "tests":
                self.outcomes[place], self.cpu_s[place], self.grading[place] = result.outcomes, result.cpu_s, result.grading
                self._count(command, result, self.details)

    def _count(self, command: Execute, result: BlockResult, details: dict[tuple[int, int], str]) -> None:
        self.reruns += result.reruns
        self.flips += result.flips
        self.endless += result.endless
        details |= {(command.rows[i], command.columns[j]): text for (i, j), text in result.details.items()}

    def passing(self, columns: range) -> list[int]:
        """Rows that passed any of these tests."""
        passed: BoolArray = (self.outcomes[:, columns.start : columns.stop] == Outcome.PASSED).any(axis=1)
        return [int(row) for row in np.flatnonzero(passed)]

    def leave_out(self, cells: BoolArray, grading: int) -> None:
        """Mark (U, T) cells as left out, run or not; one that was not run gets this grading."""
        self.grading[cells & (self.outcomes == Outcome.LOST)] = grading
        self.cpu_s[cells] = 0.0
        self.outcomes[cells] = Outcome.LEFT_OUT

    def lost(self) -> int:
        """Cells of tests that nobody judged."""
        return int(np.count_nonzero(self.outcomes == Outcome.LOST))

    def spread(self, rows: IndexArray, columns: Sequence[int]) -> Codes:
        """(N, M) outcomes on tests of N candidates and M tests, by the places of their texts; rows with a canary are TAMPERED."""
        outcomes = self.outcomes.copy()
        outcomes[list(self.tampered)] = Outcome.TAMPERED
        return outcomes[rows][:, np.array(columns, np.intp)]


def _place(rows: Sequence[int], columns: Sequence[int]) -> Any:
    """Index of these cells; rows and columns that follow each other are slices, which cost a tenth."""
    if rows[-1] - rows[0] + 1 == len(rows) and columns[-1] - columns[0] + 1 == len(columns):
        return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return np.ix_(rows, columns)


def _wider(cells: npt.NDArray[Cell], columns: int) -> npt.NDArray[Cell]:
    wider = np.zeros((cells.shape[0], columns), dtype=cells.dtype)
    wider[:, : cells.shape[1]] = cells
    return wider
