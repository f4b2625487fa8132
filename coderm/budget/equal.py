"""The equal gain model: every test is worth the same, so the budget is spread evenly."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coderm.budget.base import ProblemFeatures
from coderm.matrix import FloatArray


@dataclass(frozen=True, slots=True)
class Equal:
    """All gains are 1; the allocator's tie rule (earlier unit, then earlier problem) makes units differ by at most 1."""

    name: ClassVar[str] = "equal"
    reads: ClassVar[tuple[str, ...]] = ()

    def gains(self, features: ProblemFeatures, cap: int) -> FloatArray:
        return np.ones((len(features.task_ids), cap))
