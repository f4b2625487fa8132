"""The gain model protocol, and the features it reads."""

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from coderm.arrays import FloatArray
from coderm.budget.allocation.gains import Gains
from coderm.errors import DataError

LAMBDA = "lambda"
"""Name of the column with the predicted pass rate."""
SPENT = "tests_run"
"""Name of the column with the tests a problem has had so far."""


@dataclass(frozen=True, slots=True, eq=False)
class ProblemFeatures:
    """What is known of P problems before their tests are written. values: (P, F), one column per name; finite.

    Raises DataError when shapes disagree, or naming the first problem and feature that is not finite.
    """

    task_ids: tuple[str, ...]
    names: tuple[str, ...]
    values: npt.NDArray[np.float32] | FloatArray

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.task_ids), len(self.names)):
            raise DataError(
                f"features are {self.values.shape}, but there are {len(self.task_ids)} problems and {len(self.names)} names"
            )
        bad = np.argwhere(~np.isfinite(self.values))
        if bad.size:
            problem, feature = bad[0]
            raise DataError(f"{self.task_ids[problem]}: feature {self.names[feature]} is not finite; recompute or drop it")

    @classmethod
    def none(cls, task_ids: tuple[str, ...]) -> Self:
        """Problems of which nothing is known."""
        return cls(task_ids, (), np.zeros((len(task_ids), 0), np.float32))

    def only(self, names: tuple[str, ...]) -> FloatArray:
        """(P, len(names)) values of these features in this order; raises DataError when one is absent."""
        return np.stack([self.column(name) for name in names], axis=1) if names else np.zeros((len(self.task_ids), 0))

    def column(self, name: str) -> FloatArray:
        """(P,) values of one feature; raises DataError when it is absent."""
        if name not in self.names:
            raise DataError(f"feature {name} is missing; there are: {', '.join(self.names) or 'none'}")
        return self.values[:, self.names.index(name)].astype(np.float64)


class GainModel(Protocol):
    """Says how much each further test of each problem is expected to add; pure."""

    @property
    def name(self) -> str:
        """Name in configs and reports."""

    @property
    def reads(self) -> tuple[str, ...]:
        """Columns it needs; with any, a run looks at all problems before it spends anything."""

    def gains(self, features: ProblemFeatures) -> Gains:
        """Marginal gains of the P problems, non-increasing; raises DataError when a column it reads is missing."""
