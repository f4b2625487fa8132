"""Rounds: when a first part of the budget has been run, estimate every curve anew from the votes and spend the rest.

Pure. One round is the paper's way. A `Staged` model holds one learned model per number of tests after which it was trained;
problems are estimated with the largest stage they have reached, and units already run are the allocator's floor.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coderm.budget.allocation.gains import TableGains
from coderm.budget.gain_models.base import SPENT, ProblemFeatures
from coderm.budget.gain_models.learned import Learned
from coderm.errors import DataError


@dataclass(frozen=True, slots=True, eq=False)
class Staged:
    """Learned models by the number of tests that had run when their features were taken, 0 among them. Reads `tests_run`, too."""

    name: ClassVar[str] = "learned"
    stages: Mapping[int, Learned]

    @property
    def reads(self) -> tuple[str, ...]:
        return (SPENT, *sorted({name for model in self.stages.values() for name in model.reads}))

    def gains(self, features: ProblemFeatures) -> TableGains:
        """Gains of P problems, each from the largest stage it has reached; features that a stage does not use are ignored.

        Raises DataError without a stage for a problem.
        """
        spent = features.column(SPENT).astype(np.int64)
        if not self.stages or int(spent.min(initial=0)) < min(self.stages):
            raise DataError(f"no stage for problems with {int(spent.min(initial=0))} tests; train one for 0 tests")
        steps = np.array(sorted(self.stages))
        reached = steps[np.searchsorted(steps, spent, side="right") - 1]
        width = max(len(model.base) for model in self.stages.values())
        rows = np.zeros((len(spent), width))
        for step in np.unique(reached):
            which = np.flatnonzero(reached == step)
            part = self.stages[int(step)].gains(_subset(features, which))
            rows[which, : part.rows.shape[1]] = part.rows[part.index]
        return TableGains.of(rows, endless=True)


def _subset(features: ProblemFeatures, which: np.typing.NDArray[np.intp]) -> ProblemFeatures:
    return ProblemFeatures(tuple(features.task_ids[i] for i in which), features.names, features.values[which])
