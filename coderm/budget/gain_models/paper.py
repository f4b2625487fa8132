"""The paper's gain model: the chance that one of b tries succeeds, q = 1 - (1 - lambda)^b."""

from dataclasses import dataclass
from typing import ClassVar

from coderm.budget.allocation.gains import GeometricGains
from coderm.budget.gain_models.base import LAMBDA, ProblemFeatures


@dataclass(frozen=True, slots=True)
class Paper:
    """Gain of unit j is lambda (1 - lambda)^(j-1), from the feature `lambda`.

    It models the policy, not the vote: it starves the hardest problems, and lambda = 0 gains nothing, ever. lambda = 1 gains
    from one unit only. Raises DataError unless 0 <= lambda <= 1.
    """

    name: ClassVar[str] = "paper"
    reads: ClassVar[tuple[str, ...]] = (LAMBDA,)

    def gains(self, features: ProblemFeatures) -> GeometricGains:
        return GeometricGains.of(features.column(LAMBDA))
