"""The pass matrix: typed outcomes of every (candidate, test) pair of one problem.

Owns the cells. It never judges a candidate (selection does) and never sees labels (metrics does).

A lost cell is no verdict. Neither is one that the row rule left out, nor one that isolated grading could not serve. They are never
a pass and never a failure. Every rate is over known cells. `without_lost` gives the rules a matrix without lost cells, so
that all candidates are compared on the same tests. A lost cell is nobody's fault, and takes its test or its candidate out. A
left-out cell is its candidate's, and takes no test out: see `contenders`. An unserved cell is no vote. A program could bring it
about, so it takes nothing out.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from coderm.arrays import BoolArray, IndexArray
from coderm.errors import DataError
from coderm.messages.execution import NO_VERDICT, Outcome

Cell = TypeVar("Cell", np.int8, np.float32)

UNJUDGED_SHARE = 0.5
"""A candidate that lost more than this share of its cells goes rather than the tests: most of its evidence is missing."""


@dataclass(frozen=True, slots=True, eq=False)
class PassMatrix:
    """Outcomes of N programs x M tests of one problem; arrays are read-only.

    outcomes: int8 (N, M) of Outcome. cpu_s: float32 (N, M), seconds. grading: int8 (N, M), index into GRADINGS.
    programs, tests: content hashes of the rows and columns. Raises DataError when shapes disagree.
    """

    outcomes: npt.NDArray[np.int8]
    cpu_s: npt.NDArray[np.float32]
    grading: npt.NDArray[np.int8]
    programs: tuple[str, ...]
    tests: tuple[str, ...]

    def __post_init__(self) -> None:
        shape = (len(self.programs), len(self.tests))
        for name in ("outcomes", "cpu_s", "grading"):
            view = getattr(self, name).view()
            if view.shape != shape:
                raise DataError(f"pass matrix: {name} is {view.shape}, but there are {shape[0]} programs and {shape[1]} tests")
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    @property
    def passed(self) -> BoolArray:
        """(N, M) True iff the program passed the test; a cell without verdict is False here, so read it together with `known`."""
        return np.equal(self.outcomes, Outcome.PASSED)

    @property
    def known(self) -> BoolArray:
        """(N, M) True iff there is a verdict."""
        return ~np.isin(self.outcomes, NO_VERDICT)

    def counts(self) -> dict[str, int]:
        """Number of cells per outcome label, all labels present."""
        totals = np.bincount(self.outcomes.ravel(), minlength=len(Outcome))
        return {outcome.label: int(totals[outcome]) for outcome in Outcome}

    def take(self, rows: IndexArray, columns: IndexArray) -> "PassMatrix":
        """Return the matrix of these rows and columns; one named twice stands there twice, so that duplicates keep their votes."""
        names = tuple(self.programs[i] for i in rows), tuple(self.tests[j] for j in columns)
        return PassMatrix(
            _cells(self.outcomes, rows, columns), _cells(self.cpu_s, rows, columns), _cells(self.grading, rows, columns), *names
        )

    def without_lost(self) -> tuple["PassMatrix", IndexArray]:
        """Return the contenders of a sub-matrix without lost cells, and which candidates (positions) they are.

        Drops whatever lost the largest share, until nothing lost is left: tests, or candidates that lost more than
        UNJUDGED_SHARE (on equal shares the candidates). If no candidate remains, nothing is known that tells them apart:
        all candidates, no tests.
        """
        rows, columns = judged(self.outcomes)
        return self.take(rows, columns), rows


def judged(outcomes: npt.NDArray[np.int8]) -> tuple[IndexArray, IndexArray]:
    """Return the contenders among the rows and the tests among the columns of (N, M) outcomes; see `PassMatrix.without_lost`."""
    rows, columns = _without_lost(outcomes == Outcome.LOST)
    return rows[contenders(outcomes[np.ix_(rows, columns)])], columns


def _without_lost(lost: BoolArray) -> tuple[IndexArray, IndexArray]:
    count, tests = lost.shape
    rows, columns = np.arange(count), np.arange(tests)
    while lost.any():
        per_row, per_column = lost.mean(axis=1), lost.mean(axis=0)
        if per_row.max() > UNJUDGED_SHARE and per_row.max() >= per_column.max():
            keep = per_row < per_row.max()
            rows, lost = rows[keep], lost[keep]
        else:
            keep = per_column < per_column.max()
            columns, lost = columns[keep], lost[:, keep]
    return (rows, columns) if rows.size or not count else (np.arange(count), columns[:0])


def contenders(outcomes: npt.NDArray[np.int8]) -> IndexArray:
    """Return the candidates of (N, M) outcomes that take part in a vote: all judged in full, or who passed more tests than each.

    Let c(i) be the tests that i passed, J the candidates without a left-out cell, and m the maximum of c over J, -1 where J is
    empty. The contenders are J if no c(i) is above m, and {i: c(i) > m} otherwise. So a left-out cell is no vote, neither for its
    candidate nor about its test, and nobody gains by one: who was cut short wins only by what was seen to pass.
    """
    passes = np.count_nonzero(outcomes == Outcome.PASSED, axis=1)
    whole = (outcomes != Outcome.LEFT_OUT).all(axis=1)
    most = passes[whole].max(initial=-1)
    return np.flatnonzero(passes > most if (passes > most).any() else whole)


def _cells(values: npt.NDArray[Cell], rows: IndexArray, columns: IndexArray) -> npt.NDArray[Cell]:
    return values[rows[:, None], columns[None, :]]
