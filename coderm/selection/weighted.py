"""Weighted vote: a test counts as much as it splits the candidates."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coderm.arrays import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class Weighted:
    """Score = sum_j w_j r_ij with w_j = p_j (1 - p_j), p_j the pass rate of test j.

    Summed over integers c_j (N - c_j) and divided by N^2 once, so that equal sums tie exactly.
    """

    name: ClassVar[str] = "weighted"

    def __call__(self, passed: BoolArray) -> FloatArray:
        candidates = passed.shape[0]
        count = np.count_nonzero(passed, axis=0)
        weight = (count * (candidates - count)).astype(np.float64)
        score: FloatArray = passed.astype(np.float64) @ weight / candidates**2
        return score
