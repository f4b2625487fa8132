"""CodeRM's majority vote: most tests passed, ties to the most common pass set."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coderm.arrays import BoolArray, FloatArray
from coderm.selection.behaviours import classes_of


@dataclass(frozen=True, slots=True)
class Majority:
    """Score = pass count + class size / (N + 1): the fraction only orders candidates of equal count.

    Source: tie rule of the paper's released evaluator. Identical rows have equal counts, so a class lies wholly inside
    or outside the top, and its size over all candidates is its size inside the top.
    """

    name: ClassVar[str] = "coderm"

    def __call__(self, passed: BoolArray) -> FloatArray:
        groups = classes_of(passed)
        score: FloatArray = np.count_nonzero(passed, axis=1) + groups.size[groups.index] / (passed.shape[0] + 1)
        return score
