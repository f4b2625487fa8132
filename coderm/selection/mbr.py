"""MBR-Exec on a pass matrix: the most common behaviour."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coderm.arrays import BoolArray, FloatArray
from coderm.selection.behaviours import classes_of


@dataclass(frozen=True, slots=True)
class Mbr:
    """Score = |X|, the number of candidates with the same pass set; the class that passes nothing counts like any other."""

    name: ClassVar[str] = "mbr"

    def __call__(self, passed: BoolArray) -> FloatArray:
        groups = classes_of(passed)
        return groups.size[groups.index].astype(np.float64)
