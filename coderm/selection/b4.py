"""B4: the posterior of "this class is the set of right programs, and what it passes the set of right tests"."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coderm.arrays import BoolArray, FloatArray, IndexArray
from coderm.errors import ConfigError
from coderm.selection.behaviours import classes_of
from coderm.selection.log_gamma import lgamma

SILENT_LAG = 50.0
"""In nats, odds of 2e21 to 1: the class that passes nothing never wins beside another, and its score is still a number."""


@dataclass(frozen=True, slots=True)
class B4:
    """Score of a class X (identical rows) passing Y, from its size and from what the others do on Y and off Y.

    lnB(|X|+a, N-|X|+1) + lnB(|Y|+a, M-|Y|+1) + lnB(s1+1, n1-s1+1) + lnB(s0+1, n0-s0+b0), where s1 of n1 cells in (not X, Y)
    and s0 of n0 cells in (not X, not Y) are passes. The class that passes nothing agrees on no test and wins only when it is the
    only one (beside others it is SILENT_LAG below the last of them): the formula alone prefers it whenever few programs pass
    anything, which on recorded HumanEval costs 3.3 points at alpha = 1, beta = 10. Raises ConfigError unless alpha, beta > 0.
    """

    name: ClassVar[str] = "b4"
    alpha: float
    beta: float

    def __post_init__(self) -> None:
        if not (0 < self.alpha < math.inf and 0 < self.beta < math.inf):
            raise ConfigError(f"B4 needs alpha > 0 and beta > 0, not {self.alpha} and {self.beta}: set selection.b4_alpha, b4_beta")

    def __call__(self, passed: BoolArray) -> FloatArray:
        groups = classes_of(passed)
        return class_scores(passed[groups.first], groups.size, (self.alpha, self.alpha), self.beta)[groups.index]


def class_scores(rows: BoolArray, size: IndexArray, alpha: tuple[float, float], beta: float) -> FloatArray:
    """(K,) B4 score of each class: rows (K, M), sizes (K,); alpha for the class and for its tests.

    The class that passes nothing is SILENT_LAG below the last of those that pass something.
    """
    candidates, tests = int(size.sum()), rows.shape[1]
    passes = rows.astype(np.float64)
    votes = size @ passes
    x, y, on_y = size, np.count_nonzero(rows, axis=1), passes @ votes
    s1, n1 = on_y - x * y, (candidates - x) * y
    s0, n0 = votes.sum() - on_y, (candidates - x) * (tests - y)
    wins = np.stack([x + alpha[0], y + alpha[1], s1 + 1, s0 + 1])
    losses = np.stack([candidates - x + 1, tests - y + 1, n1 - s1 + 1, n0 - s0 + beta])
    score: FloatArray = _ln_beta(wins, losses).sum(axis=0)
    if y.any():
        score[y == 0] = score[y > 0].min() - SILENT_LAG
    return score


def _ln_beta(a: FloatArray, b: FloatArray) -> FloatArray:
    parts = lgamma(np.stack([a, b, a + b]))
    total: FloatArray = parts[0] + parts[1] - parts[2]
    return total
