"""Penalty for long answers."""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from coderm.rewards.base import PlainTerm, Values
from coderm.rewards.group import Group, Rollout


class Length(PlainTerm):
    """r = 0 up to `limit - buffer` characters, then falling in a line to -1 at `limit`, -1 beyond; in [-1, 0].

    Of the model's answer, or of the code where that was given. Source: soft overlong punishment of DAPO (arXiv 2503.14476, eq. 13),
    in characters.
    """

    name: ClassVar[str] = "length"
    needs_all_tests: ClassVar[bool] = False

    limit: int = Field(16384, ge=1)
    """Characters from which the penalty is full."""
    buffer: int = Field(4096, ge=1)
    """Characters before `limit` over which it grows."""

    @model_validator(mode="after")
    def _buffer_fits(self) -> Self:
        if self.buffer > self.limit:
            raise ValueError(f"buffer {self.buffer} is longer than limit {self.limit}")
        return self

    def bounds(self, size: int) -> tuple[float, float]:
        return -1.0, 0.0

    def __call__(self, group: Group) -> Values:
        return [self._value(rollout) for rollout in group.rollouts]

    def _value(self, rollout: Rollout) -> float:
        length = len(rollout.code if rollout.output is None else rollout.output)
        return -min(1.0, max(0.0, (length - (self.limit - self.buffer)) / self.buffer))
