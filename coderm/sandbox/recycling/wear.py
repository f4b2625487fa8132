"""When a box is worn and must be exchanged: the pure half of the recycling policy."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from coderm.messages.execution import BlockResult, Outcome

LAST_BLOCK_AGE = 1.5
"""Of the age at which a box is exchanged: past it no block may begin, since the box could be swept under it."""
SPARE_AGE = 0.5
"""Of that age: an older spare is no longer taken."""

Reason = Literal["tampered", "lost", "memory", "blocks", "age"]
"""Why a box is exchanged. After `tampered` and `lost` no block runs in the old box any more."""


@dataclass(frozen=True, slots=True)
class WearLimits:
    """Limits of one box: blocks run, growth of its memory in MiB (0: not looked at), age in seconds from its start."""

    blocks: int
    growth_mb: int
    age_s: float


@dataclass(slots=True)
class Wear:
    """Wear of one box since its start, `born` (seconds of any clock). Memory counts from after its first block."""

    limits: WearLimits
    born: float
    blocks: int = 0
    first_mb: float = 0.0
    reason: Reason | None = None
    expiring: bool = False

    def add_block(self, result: BlockResult, now: float, *, canaries: int = 0) -> None:
        """Count a finished block; a program that passes one of the last `canaries` tests has tampered."""
        self.blocks += 1
        if self.blocks == 1:
            self.first_mb = result.memory_mb
        self.reason = self._verdict(result, now, canaries)

    def check_age(self, now: float) -> None:
        """Check the age of the box; it may have waited long for this block."""
        age_s = now - self.born
        self.expiring = age_s > LAST_BLOCK_AGE * self.limits.age_s
        if self.reason is None and age_s > self.limits.age_s:
            self.reason = "age"

    def add_loss(self) -> None:
        """Count a block in which the box died or fell silent."""
        self.reason = "lost"

    @property
    def unfit(self) -> bool:
        """Whether not one more block may run in the box."""
        return self.expiring or self.reason in ("tampered", "lost")

    def _verdict(self, result: BlockResult, now: float, canaries: int) -> Reason | None:
        passed = result.outcomes[:, result.outcomes.shape[1] - canaries :] == Outcome.PASSED
        if self.reason in ("tampered", "lost") or bool(np.any(result.outcomes == Outcome.TAMPERED) or np.any(passed)):
            return self.reason if self.reason == "lost" else "tampered"
        if bool(np.any(result.outcomes == Outcome.LOST)):
            return "lost"
        if self.limits.growth_mb and result.memory_mb - self.first_mb > self.limits.growth_mb:
            return "memory"
        if self.blocks >= self.limits.blocks:
            return "blocks"
        return "age" if now - self.born > self.limits.age_s else None
