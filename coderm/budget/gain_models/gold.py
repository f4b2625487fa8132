"""The gold gain model, for studies only: every problem's own curve, read off its labels; nothing can be switched on with it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coderm.arrays import FloatArray
from coderm.budget.allocation.gains import TableGains
from coderm.budget.gain_models.base import ProblemFeatures
from coderm.budget.gain_models.concave import majorant_gains
from coderm.errors import DataError


@dataclass(frozen=True, slots=True, eq=False)
class Gold:
    """Own curves: (P, C + 1) accuracies with 0 .. C tests of the named problems."""

    name: ClassVar[str] = "gold"
    reads: ClassVar[tuple[str, ...]] = ()
    task_ids: tuple[str, ...]
    curves: FloatArray

    def gains(self, features: ProblemFeatures) -> TableGains:
        """The majorants of the problems' own curves; raises DataError for a problem without one."""
        place = {task_id: row for row, task_id in enumerate(self.task_ids)}
        unknown = [task_id for task_id in features.task_ids if task_id not in place]
        if unknown:
            raise DataError(f"{unknown[0]}: has no curve of its own; gold gains are for labelled problems")
        rows = np.array([place[task_id] for task_id in features.task_ids], np.intp)
        return TableGains.of(majorant_gains(self.curves[rows]), endless=True)
