"""The curve gain model: best-of-N accuracy against the number of tests, per difficulty, measured on training problems.

Difficulty is the logit of the pass rate: between 1 % and 3 % lies more than between 50 % and 60 %. The curve of a difficulty is
the mean over training problems weighted by how near they are, and drawn towards the mean of all.
"""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from coderm.arrays import FloatArray
from coderm.budget.allocation.gains import TableGains
from coderm.budget.gain_models.base import LAMBDA, ProblemFeatures
from coderm.budget.gain_models.concave import majorant_gains
from coderm.errors import DataError

WIDTH = 1.0
"""Standard deviation of the weights in logits: about a fifth of where 40 problems lie, so that a curve averages eight of them."""
SHRINK = 4.0
"""Weight of the mean curve, in problems: half of what a curve averages with 40 problems."""
LEAST_RATE = 0.005
"""Pass rates are kept so far from 0 and 1: half a candidate of 100, the paper's number."""
GRID = 0.25
"""Logits between curves, a quarter of their width; problems of the same row share one curve."""


def _logit(rates: FloatArray | float) -> FloatArray:
    kept = np.clip(rates, LEAST_RATE, 1 - LEAST_RATE)
    logits: FloatArray = np.log(kept / (1 - kept))
    return logits


MARKS: FloatArray = np.arange(float(_logit(0.0)), float(_logit(1.0)) + GRID, GRID).astype(np.float64)
"""(K,) logits of the rows."""
EDGES: FloatArray = (1 / (1 + np.exp(-(MARKS[1:] - GRID / 2)))).astype(np.float64)
"""(K - 1,) pass rates between rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One curve per row of the grid of difficulties. edges: (K - 1,) pass rates between rows, ascending. rows: (K, C) gains."""

    name: ClassVar[str] = "curve"
    reads: ClassVar[tuple[str, ...]] = (LAMBDA,)
    edges: FloatArray
    rows: FloatArray

    @classmethod
    def fit(cls, rates: FloatArray, curves: FloatArray, width: float = WIDTH, shrink: float = SHRINK) -> Self:
        """Fit to (P,) pass rates and (P, C + 1) accuracies with 0 .. C tests of training problems, under the rule in use.

        Increments are averaged and drawn towards the mean ones as if by `shrink` further problems, then made concave. Raises
        DataError without problems or for figures that are not finite.
        """
        check_training(rates[:, None], curves)
        return cls(EDGES, smoothed(rates, curves, MARKS, width, shrink))

    def gains(self, features: ProblemFeatures) -> TableGains:
        return TableGains.of(self.rows, np.digitize(features.column(LAMBDA), self.edges), endless=True)


def smoothed(rates: FloatArray, curves: FloatArray, marks: FloatArray, width: float = WIDTH, shrink: float = SHRINK) -> FloatArray:
    """(K, C) gains at K logits of the pass rate, from training problems as in `Curve.fit`."""
    weights = np.exp(-0.5 * ((marks[:, None] - _logit(rates)) / width) ** 2)
    steps = np.diff(curves, axis=1)
    rises = (weights @ steps + shrink * steps.mean(axis=0)) / (weights.sum(axis=1) + shrink + 1e-9)[:, None]
    return majorant_gains(np.cumsum(np.pad(rises, ((0, 0), (1, 0))), axis=1))


def check_training(features: FloatArray, curves: FloatArray) -> None:
    """Raise DataError unless there are problems, one curve each, and every figure is finite."""
    if not len(features):
        raise DataError("gain model: there is no training problem; give problems with labels and tests")
    if len(features) != len(curves):
        raise DataError(f"gain model: {len(features)} problems and {len(curves)} curves; give one curve per problem")
    for name, values in (("features", features), ("curve", curves)):
        bad = np.argwhere(~np.isfinite(values))
        if bad.size:
            raise DataError(f"gain model: {name} of training problem {bad[0][0]} not finite; recompute or drop it")
