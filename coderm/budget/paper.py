"""The paper's gain model: another sample may be the first success, q(b) = 1 - (1 - lambda)^b (Ma et al., section on allocation)."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coderm.budget.base import LAMBDA, ProblemFeatures
from coderm.matrix import FloatArray


@dataclass(frozen=True, slots=True)
class Paper:
    """Gain of unit j is lambda (1 - lambda)^(j-1); it describes the policy, not the vote, and so starves the hardest problems."""

    name: ClassVar[str] = "paper"
    reads: ClassVar[tuple[str, ...]] = (LAMBDA,)

    def gains(self, features: ProblemFeatures, cap: int) -> FloatArray:
        """(P, cap). Raises DataError without the column `lambda`."""
        rates = features.column(LAMBDA).astype(np.float64)[:, None]
        return np.asarray(rates * (1 - rates) ** np.arange(cap))
