"""The curve gain model: best-of-N accuracy against the number of tests, per difficulty, measured on training problems."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from coderm.budget.base import LAMBDA, ProblemFeatures
from coderm.budget.concave import majorant_gains
from coderm.budget.gains import TableGains
from coderm.errors import DataError
from coderm.matrix import FloatArray

BINS = 5
"""Difficulties told apart; with 40 training problems each still averages eight."""
SHRINK = 4.0
"""Weight of the mean curve in every bin, in problems: half the weight of a bin of the size above."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One curve per bin of the feature `lambda`. edges: (K - 1,) inner edges, ascending. rows: (K, C) gains per bin."""

    name: ClassVar[str] = "curve"
    reads: ClassVar[tuple[str, ...]] = (LAMBDA,)
    edges: FloatArray
    rows: FloatArray

    @classmethod
    def fit(cls, rates: FloatArray, curves: FloatArray, bins: int = BINS, shrink: float = SHRINK) -> Self:
        """Fit to (P,) pass rates and (P, C + 1) accuracies with 0 .. C tests of training problems, under the rule in use.

        Bins hold equally many problems; each bin's increments are drawn towards the mean ones as if by `shrink` further
        problems, then made concave. Raises DataError without problems or for figures that are not finite.
        """
        check_training(rates[:, None], curves)
        edges = np.unique(np.quantile(rates, np.linspace(0, 1, bins + 1)[1:-1]))
        member = np.digitize(rates, edges)[None, :] == np.arange(len(edges) + 1)[:, None]
        steps = np.diff(curves, axis=1)
        size = member.sum(axis=1)[:, None]
        rises = (member.astype(np.float64) @ steps + shrink * steps.mean(axis=0)) / np.maximum(size + shrink, 1e-9)
        return cls(edges, majorant_gains(np.cumsum(np.pad(rises, ((0, 0), (1, 0))), axis=1)))

    def gains(self, features: ProblemFeatures) -> TableGains:
        return TableGains.of(self.rows, np.digitize(features.column(LAMBDA), self.edges), endless=True)


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
