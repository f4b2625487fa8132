"""CodeT: agreement between a class of candidates and the tests it passes."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coderm.arrays import BoolArray, FloatArray
from coderm.selection.behaviours import classes_of


@dataclass(frozen=True, slots=True)
class CodeT:
    """Score = |Y| * sqrt(|X|), X the candidate's class and Y the tests it passes."""

    name: ClassVar[str] = "codet"

    def __call__(self, passed: BoolArray) -> FloatArray:
        groups = classes_of(passed)
        score: FloatArray = np.count_nonzero(passed, axis=1) * np.sqrt(groups.size[groups.index])
        return score
