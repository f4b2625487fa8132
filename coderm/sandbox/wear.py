"""When a box is worn and must be exchanged: the pure half of the fresh-container policy."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from coderm.messages import BlockResult, Outcome

Reason = Literal["tampered", "lost", "memory", "blocks", "age"]
"""Why a box is exchanged. After `tampered` and `lost` no block runs in the old box any more."""


@dataclass(frozen=True, slots=True)
class WearLimits:
    """What a box may go through: blocks run, growth of its memory in MiB (0: not looked at), age in seconds."""

    blocks: int
    growth_mb: int
    age_s: float


@dataclass(slots=True)
class Wear:
    """What one box has gone through since `born` (seconds of any clock). Memory is counted from after its first block."""

    limits: WearLimits
    born: float
    blocks: int = 0
    first_mb: float = 0.0
    reason: Reason | None = None

    def block(self, result: BlockResult, now: float, *, canaries: bool = False) -> None:
        """Take a finished block in; who passes one of `canaries` has tampered."""
        self.blocks += 1
        if self.blocks == 1:
            self.first_mb = result.memory_mb
        self.reason = self._verdict(result, now, Outcome.PASSED if canaries else Outcome.TAMPERED)

    def lost(self) -> None:
        """The box died or fell silent under a block."""
        self.reason = "lost"

    @property
    def unfit(self) -> bool:
        """Whether not one more block may run in the box."""
        return self.reason in ("tampered", "lost")

    def _verdict(self, result: BlockResult, now: float, telling: Outcome) -> Reason | None:
        if self.unfit or bool(np.any(np.isin(result.outcomes, (Outcome.TAMPERED, telling)))):
            return self.reason if self.unfit else "tampered"
        if bool(np.any(result.outcomes == Outcome.LOST)):
            return "lost"
        if self.limits.growth_mb and result.memory_mb - self.first_mb > self.limits.growth_mb:
            return "memory"
        if self.blocks >= self.limits.blocks:
            return "blocks"
        return "age" if now - self.born > self.limits.age_s else None
