"""The selection protocol: a rule scores candidates, `select` keeps the best and all ties.

Always holds: ties are all kept, the chosen candidate is the first kept one, and with no tests everything is kept. A rule
sees verdicts only; cells without verdict are taken out before (`PassMatrix.without_lost`) and never count for or against anyone.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from coderm.arrays import BoolArray, FloatArray, IndexArray
from coderm.errors import DataError
from coderm.selection.pass_matrix import PassMatrix

TIE_TOLERANCE = 1e-11
"""Relative; far above the rounding of equal scores summed in another order, far below any real difference."""


class Rule(Protocol):
    """A selection rule; pure, equal rows get equal scores."""

    @property
    def name(self) -> str:
        """Name in configs and reports."""

    def __call__(self, passed: BoolArray) -> FloatArray:
        """Score N >= 1 candidates from their (N, M) passes, M >= 0; finite, higher is better."""


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """What a rule kept. kept: positions of all tied best, ascending. scores: (N,), NaN for a candidate without verdicts."""

    kept: IndexArray
    scores: FloatArray

    @property
    def chosen(self) -> int | None:
        """The first kept candidate; None only when there is no candidate at all."""
        return int(self.kept[0]) if self.kept.size else None

    def fraction_correct(self, correct: npt.ArrayLike) -> float:
        """Share of kept candidates that are correct, the problem's best-of-N score; 0 without any candidate."""
        labels = np.asarray(correct, dtype=np.bool_)
        if labels.shape != self.scores.shape:
            raise DataError(f"{labels.size} labels for {self.scores.size} candidates: give one label per candidate")
        return float(labels[self.kept].mean()) if self.kept.size else 0.0


def select(rule: Rule, passed: BoolArray) -> Selection:
    """Apply a rule to (N, M) passes; keeps every candidate whose score ties with the best."""
    scores = rule(passed) if passed.shape[0] else np.zeros(0)
    return Selection(keep_best(scores), scores)


def select_matrix(rule: Rule, matrix: PassMatrix) -> Selection:
    """Apply a rule to the part of a matrix without lost cells; positions and scores refer to the whole matrix."""
    judged, rows = matrix.without_lost()
    part = select(rule, judged.passed)
    scores = np.full(len(matrix.programs), np.nan)
    scores[rows] = part.scores
    return Selection(rows[part.kept], scores)


def keep_best(scores: FloatArray) -> IndexArray:
    """Return the positions whose score equals the maximum up to rounding."""
    if not scores.size:
        return np.zeros(0, np.intp)
    best = scores.max()
    return np.flatnonzero(scores >= best - TIE_TOLERANCE * abs(best))
