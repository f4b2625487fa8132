"""Max-pass: the candidates that pass the most tests."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coderm.arrays import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class MaxPass:
    """Score = number of tests passed, sum_j r_ij (the paper's argmax without its tie rule)."""

    name: ClassVar[str] = "max_pass"

    def __call__(self, passed: BoolArray) -> FloatArray:
        return np.asarray(np.count_nonzero(passed, axis=1), np.float64)
