"""Penalty for CPU time."""

import math
from typing import ClassVar

from pydantic import Field

from coderm.messages.execution import Outcome
from coderm.rewards.base import PlainTerm, Values, passed_share
from coderm.rewards.group import Group, Rollout, is_tampered, outcomes_of


class Time(PlainTerm):
    """r = -mean over usable tests of min(1, max(0, (t_j - free_s) / (limit - free_s))), in [-1, 0]. Source: ours.

    t_j is the CPU time of a test that was passed, and the whole limit for one that was not, so that giving up is not fast.
    -1 without a program, None where a time is not known. A measured time is never the same twice; `free_s` keeps out noise.
    """

    name: ClassVar[str] = "time"
    needs_all_tests: ClassVar[bool] = True

    free_s: float = Field(0.1, ge=0)
    """CPU seconds of a test that cost nothing."""

    def bounds(self, size: int) -> tuple[float, float]:
        return -1.0, 0.0

    def __call__(self, group: Group) -> Values:
        return [self._value(rollout, group) for rollout in group.rollouts]

    def _value(self, rollout: Rollout, group: Group) -> float | None:
        places = group.usable
        if (share := passed_share(rollout, places)) is None:
            return None
        if rollout.verdict is None or is_tampered(rollout.verdict) or share == 0:
            return -1.0
        span = max(group.limits.cpu_s - self.free_s, 1e-9)
        outcomes, seconds = outcomes_of(rollout, places), [rollout.verdict.cpu_s[place] for place in places]
        if any(map(math.isnan, seconds)):
            return None
        parts = (
            min(1.0, max(0.0, (spent - self.free_s) / span)) if outcome is Outcome.PASSED else 1.0
            for outcome, spent in zip(outcomes, seconds, strict=True)
        )
        return -sum(parts) / len(places)
