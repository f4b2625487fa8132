"""Visible examples passed."""

from dataclasses import replace
from typing import ClassVar

from pydantic import Field

from coderm.rewards.base import PlainTerm, Values, passed_share
from coderm.rewards.group import Group, Rollout, is_tampered


class Examples(PlainTerm):
    """r = passed / all examples that the question shows, in [0, 1]. Source: the public tests of AlphaCode (arXiv 2203.07814).

    A problem that shows none gives `without` to its whole group, which a baseline over the group takes out again.
    """

    name: ClassVar[str] = "examples"
    needs_all_tests: ClassVar[bool] = False

    without: float = Field(0.0, ge=0, le=1)
    """Value where the problem shows no example."""

    def bounds(self, size: int) -> tuple[float, float]:
        return 0.0, 1.0

    def __call__(self, group: Group) -> Values:
        if not group.examples:
            return [self.without] * len(group.rollouts)
        places = tuple(range(group.examples))
        return [_value(rollout, places) for rollout in group.rollouts]


def _value(rollout: Rollout, places: tuple[int, ...]) -> float | None:
    if rollout.verdict is not None and is_tampered(rollout.verdict):
        return 0.0
    return passed_share(replace(rollout, verdict=rollout.examples), places)
