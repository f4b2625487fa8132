"""All tests passed, or not."""

from typing import ClassVar

from coderm.messages.execution import Outcome
from coderm.rewards.base import PlainTerm, Values, passed_share
from coderm.rewards.group import Group, Rollout, outcomes_of


class AllPassed(PlainTerm):
    """r = 1 if every usable test is passed, else 0. Source: strict accuracy of APPS (arXiv 2105.09938).

    One failure decides. So it is the same with `stop = first_failure`, and a pair that was lost after a failure changes nothing.
    """

    name: ClassVar[str] = "all_passed"
    needs_all_tests: ClassVar[bool] = False

    def bounds(self, size: int) -> tuple[float, float]:
        return 0.0, 1.0

    def __call__(self, group: Group) -> Values:
        places = group.usable
        return [_value(rollout, places) for rollout in group.rollouts]


def _value(rollout: Rollout, places: tuple[int, ...]) -> float | None:
    undecided = (Outcome.PASSED, Outcome.LOST)
    if any(outcome not in undecided for outcome in outcomes_of(rollout, places)):
        return 0.0
    share = passed_share(rollout, places)
    return None if share is None else float(share == 1.0)
