"""The protocol of a reward's term, and what every term says of rollouts that have no usable verdict."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Protocol

from pydantic import ConfigDict

from coderm.arrays import FloatArray
from coderm.config.schema import Section
from coderm.messages.execution import Outcome
from coderm.rewards.group import Group, Rollout, Votes, is_tampered, outcomes_of
from coderm.rewards.statuses import is_null

Values = Sequence[float | None]
"""One value for each rollout of a group, None where it cannot be known."""


class Term(Protocol):
    """One term of a reward: pure, the same group gives the same values."""

    @property
    def name(self) -> str:
        """Name in requests, configs and answers."""

    @property
    def needs_all_tests(self) -> bool:
        """Whether the value is another one when a program's tests after its first failure are left out."""

    def bounds(self, size: int) -> tuple[float, float]:
        """Lowest and highest value in a group of `size` rollouts."""

    def __call__(self, group: Group) -> Values:
        """Value of each rollout, in order."""


class Options(Section):
    """Options that a request may give to a term; unknown ones are refused."""

    model_config = ConfigDict(strict=True)

    name: ClassVar[str]


class PlainTerm(Options, ABC):
    """A term that is its options and needs nothing else; see `Term`."""

    needs_all_tests: ClassVar[bool]

    @abstractmethod
    def bounds(self, size: int) -> tuple[float, float]:
        """Lowest and highest value in a group of `size` rollouts."""

    @abstractmethod
    def __call__(self, group: Group) -> Values:
        """Value of each rollout, in order."""


def passed_share(rollout: Rollout, places: tuple[int, ...]) -> float | None:
    """Return the share of these tests that a rollout passed.

    0 where the model wrote no program or the program tampered; None where a verdict is lost or there is no test.
    """
    if rollout.verdict is None:
        return None if is_null(rollout.unjudged) or not places else 0.0
    outcomes = outcomes_of(rollout, places)
    if not places:
        return None
    if is_tampered(rollout.verdict):
        return 0.0
    return None if Outcome.LOST in outcomes else outcomes.count(Outcome.PASSED) / len(places)


def spread(group: Group, votes: Votes, scores: FloatArray) -> Values:
    """Return the voters' (N,) scores in the group's order; who has no vote gets 0 or None, as `passed_share` says."""
    places = group.usable
    found = [passed_share(rollout, places) for rollout in group.rollouts]
    if places:
        for row, score in zip(votes.rows, scores, strict=True):
            found[row] = float(score)
    return found
