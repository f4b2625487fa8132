"""The equal gain model: every test is worth the same, so the budget is spread evenly."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coderm.budget.allocation.gains import TableGains
from coderm.budget.gain_models.base import ProblemFeatures


@dataclass(frozen=True, slots=True)
class Equal:
    """All gains are equal; the allocator's tie rule (earlier unit, then earlier problem) makes units differ by at most 1."""

    name: ClassVar[str] = "equal"
    reads: ClassVar[tuple[str, ...]] = ()

    def gains(self, features: ProblemFeatures) -> TableGains:
        return TableGains.of(np.zeros((1, 0)), np.zeros(len(features.task_ids), np.intp), endless=True)
