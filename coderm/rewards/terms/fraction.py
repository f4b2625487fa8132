"""Fraction of tests passed."""

from typing import ClassVar

from coderm.rewards.base import PlainTerm, Values, passed_share
from coderm.rewards.group import Group


class Fraction(PlainTerm):
    """r = passed tests / usable tests, in [0, 1]. Source: the partial credit of APPS (arXiv 2105.09938, test case average).

    Whatever is not a pass counts as not passed; so with tests left out it would depend on the order of tests.
    """

    name: ClassVar[str] = "fraction"
    needs_all_tests: ClassVar[bool] = True

    def bounds(self, size: int) -> tuple[float, float]:
        return 0.0, 1.0

    def __call__(self, group: Group) -> Values:
        places = group.usable
        return [passed_share(rollout, places) for rollout in group.rollouts]
