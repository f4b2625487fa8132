"""A group: the rollouts of one problem with their verdicts, and views of it that the rewards share."""

from dataclasses import dataclass, field

import numpy as np

from coderm.arrays import BoolArray, IndexArray
from coderm.client.contract import RewardStatus
from coderm.errors import DataError
from coderm.extract.rejection import Reason
from coderm.messages.execution import Limits, Outcome
from coderm.messages.scoring import ProgramVerdict


@dataclass(frozen=True, slots=True)
class Rollout:
    """One program of a group.

    verdict: None where it was not judged; then `unjudged` says why. output: the model's whole answer, None where code was given.
    examples: verdict on the problem's visible examples. message: why there is no verdict, and the remedy.
    """

    verdict: ProgramVerdict | None = None
    unjudged: RewardStatus = "lost"
    code: str = ""
    output: str | None = None
    examples: ProgramVerdict | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Rollouts of one problem, judged by one suite.

    tests: size of the suite. broken: places of tests that judge nobody, see `coderm.rewards.broken`. examples: number of visible
    examples of the problem. Raises DataError where a verdict has another number of tests.
    """

    problem_id: str
    rollouts: tuple[Rollout, ...]
    tests: int
    broken: frozenset[int] = frozenset()
    examples: int = 0
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        for verdicts, size in ((self._verdicts(), self.tests), (self._example_verdicts(), self.examples)):
            wrong = next((len(verdict.outcomes) for verdict in verdicts if len(verdict.outcomes) != size), None)
            if wrong is not None:
                raise DataError(f"{self.problem_id}: a verdict on {wrong} tests in a group of {size}; judge all by one suite")

    def _verdicts(self) -> list[ProgramVerdict]:
        return [rollout.verdict for rollout in self.rollouts if rollout.verdict is not None]

    def _example_verdicts(self) -> list[ProgramVerdict]:
        return [rollout.examples for rollout in self.rollouts if rollout.examples is not None]

    @property
    def usable(self) -> tuple[int, ...]:
        """Places of the tests that are not broken."""
        return tuple(place for place in range(self.tests) if place not in self.broken)


def rejected(reason: Reason, output: str | None = None) -> Rollout:
    """Return the rollout of a text that holds no usable program: its author's doing, so it is rewarded, with a name."""
    status: RewardStatus = "too_large" if reason is Reason.TOO_LARGE else "no_code"
    return Rollout(unjudged=status, output=output, message=f"no program in the output: {reason.value}")


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """The pass matrix of those who may vote: judged in full, not tampered.

    passed: (N, M) over usable tests. rows: (N,) places of the voters in the group.
    """

    passed: BoolArray
    rows: IndexArray


def outcomes_of(rollout: Rollout, places: tuple[int, ...]) -> tuple[Outcome, ...]:
    """Return what the usable tests of a judged rollout ended with; empty for one that was not judged."""
    return () if rollout.verdict is None else tuple(rollout.verdict.outcomes[place] for place in places)


def votes_of(group: Group) -> Votes:
    """Return the matrix of the voters; a lost sample, a tampered one and one without code have no vote."""
    places = group.usable
    rows = [at for at, rollout in enumerate(group.rollouts) if _votes(rollout, places)]
    cells = [[outcome is Outcome.PASSED for outcome in outcomes_of(group.rollouts[at], places)] for at in rows]
    return Votes(np.array(cells, np.bool_).reshape(len(rows), len(places)), np.array(rows, np.intp))


def _votes(rollout: Rollout, places: tuple[int, ...]) -> bool:
    verdict = rollout.verdict
    return verdict is not None and not is_tampered(verdict) and Outcome.LOST not in outcomes_of(rollout, places)


def is_tampered(verdict: ProgramVerdict) -> bool:
    """Whether a program reached for its judge: it passed a canary, or a test saw it."""
    return verdict.tampered or Outcome.TAMPERED in verdict.outcomes
