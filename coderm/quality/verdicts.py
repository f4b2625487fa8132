"""What a suite says about a program as a whole: accepted, rejected, or unknown."""

from dataclasses import dataclass

import numpy as np

from coderm.arrays import BoolArray, OutcomeArray
from coderm.messages.execution import Outcome
from coderm.quality.columns import failed


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """(N,) of each: a program is accepted iff it passes every test, rejected iff a verdict of one test is against it."""

    accepted: BoolArray
    rejected: BoolArray

    @classmethod
    def of(cls, outcomes: OutcomeArray) -> "Verdicts":
        """Read (N, M) outcomes; with no test, nothing is known of anybody."""
        some = outcomes.shape[1] > 0
        passed = (outcomes == Outcome.PASSED).all(axis=1) & some
        return cls(np.asarray(passed, np.bool_), np.asarray(failed(outcomes).any(axis=1), np.bool_))

    @property
    def rate(self) -> float:
        """Share of the programs with a verdict that are accepted; NaN without any."""
        accepted, rejected = int(self.accepted.sum()), int(self.rejected.sum())
        return accepted / (accepted + rejected) if accepted + rejected else float("nan")


def signal(rate: float, group: int) -> float:
    """Return 1 - p^g - (1 - p)^g: the chance that a group of g samples holds an accepted and a rejected one.

    Without both, a group-relative reward (GRPO, RLOO) is the same for all and moves nothing.
    """
    return float(1 - rate**group - (1 - rate) ** group)
