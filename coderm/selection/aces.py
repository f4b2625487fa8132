"""ACES: a test counts by how well it agrees with the others, and by how much it splits the candidates."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coderm.arrays import BoolArray, FloatArray
from coderm.selection.leave_one_out import leave_one_out_auc


@dataclass(frozen=True, slots=True)
class Aces:
    """Score = sum_j w_j r_ij, w_j = max(0, A_j - 1/2) p_j (1 - p_j), A_j the leave-one-out AUC, p_j the pass rate.

    A test against which the others speak weighs nothing. Where all weigh nothing, all candidates tie.
    Source: the closed form ACES-C of arXiv 2604.03922.
    """

    name: ClassVar[str] = "aces"

    def __call__(self, passed: BoolArray) -> FloatArray:
        return np.asarray(passed.astype(np.float64) @ aces_weights(passed), np.float64)


def aces_weights(passed: BoolArray) -> FloatArray:
    """Return the (M,) weights that an (N, M) matrix gives its tests."""
    rate = np.count_nonzero(passed, axis=0) / passed.shape[0]
    return np.asarray(np.maximum(0.0, leave_one_out_auc(passed) - 0.5) * rate * (1 - rate), np.float64)
