"""A reward as a weighted sum of terms, and what each program of a group gets by it."""

import math
from dataclasses import dataclass, field

import numpy as np

from coderm.client.contract import ProgramReward, RewardStatus
from coderm.messages.execution import Outcome
from coderm.messages.scoring import ProgramVerdict
from coderm.rewards.base import Term
from coderm.rewards.group import Group, Rollout, is_tampered, outcomes_of
from coderm.rewards.statuses import STATUSES, Cause, is_null, lost_status, program_status

SLACK = 1e-9
"""Relative: rounding of a sum may leave its range by so much; it is put back."""


@dataclass(frozen=True, slots=True)
class Reward:
    """r = sum over terms of weight x value; null where a term is null."""

    terms: tuple[tuple[Term, float], ...]

    @property
    def needs_all_tests(self) -> bool:
        """Whether a program's tests after its first failure matter."""
        return any(term.needs_all_tests for term, _ in self.terms)

    def bounds(self, size: int) -> tuple[float, float]:
        """Lowest and highest reward in a group of `size` rollouts."""
        sides = [sorted(weight * bound for bound in term.bounds(size)) for term, weight in self.terms]
        return sum(low for low, _ in sides), sum(high for _, high in sides)


@dataclass(frozen=True, slots=True)
class Rewarded:
    """What one program gets. reward is None iff the status is one that the program cannot cause."""

    reward: float | None
    status: RewardStatus
    passed: int = 0
    tests: int = 0
    cached: int = 0
    terms: dict[str, float] = field(default_factory=dict)
    outcomes: tuple[str, ...] = ()
    details: dict[int, str] = field(default_factory=dict)
    message: str = ""

    @property
    def caused_by(self) -> Cause:
        """Who can have caused the status."""
        return STATUSES[self.status].caused_by

    def answer(self, item: int, program: int) -> ProgramReward:
        """Return the line of the service's answer, everything told; `coderm.rewards.telling` cuts it to the server's level."""
        return ProgramReward(
            item=item,
            program=program,
            reward=self.reward,
            status=self.status,
            caused_by=self.caused_by,
            passed=self.passed,
            tests=self.tests,
            cached=self.cached,
            terms=self.terms,
            outcomes=self.outcomes,
            details=self.details,
            message=self.message,
        )


def reward_group(reward: Reward, group: Group) -> tuple[Rewarded, ...]:
    """Return what each rollout of a group gets; pure. A lost sample is null and moves no other towards anything."""
    size = len(group.rollouts)
    columns = [(term, weight, term(group)) for term, weight in reward.terms]
    found = []
    for at, rollout in enumerate(group.rollouts):
        values = {term.name: checked(column[at], term.bounds(size)) for term, _, column in columns}
        weights = {term.name: weight for term, weight, _ in columns}
        found.append(_rewarded(group, rollout, _sum(values, weights, reward.bounds(size)), values))
    return tuple(found)


def checked(value: float | None, bounds: tuple[float, float]) -> float | None:
    """Return a value as it may leave: a finite float within its bounds, or None for what is not a number or outside of them."""
    if value is None or isinstance(value, bool | np.bool_) or not math.isfinite(value):
        return None
    low, high = bounds
    slack = SLACK * max(1.0, abs(low), abs(high))
    return min(max(float(value), low), high) if low - slack <= value <= high + slack else None


def _sum(values: dict[str, float | None], weights: dict[str, float], bounds: tuple[float, float]) -> float | None:
    parts = [weights[name] * value for name, value in values.items() if value is not None]
    return checked(math.fsum(parts), bounds) if len(parts) == len(values) else None


def _rewarded(group: Group, rollout: Rollout, total: float | None, values: dict[str, float | None]) -> Rewarded:
    status = _status(group, rollout, known=total is not None)
    verdict = rollout.verdict or ProgramVerdict((), ())
    return Rewarded(
        reward=None if is_null(status) else total,
        status=status,
        passed=outcomes_of(rollout, group.usable).count(Outcome.PASSED),
        tests=len(group.usable),
        cached=verdict.cached,
        terms={name: value for name, value in values.items() if value is not None},
        outcomes=tuple(outcome.label for outcome in verdict.outcomes),
        details=verdict.details,
        message=_message(rollout, status),
    )


def _status(group: Group, rollout: Rollout, *, known: bool) -> RewardStatus:
    """A rollout that the service or the problem left unjudged keeps that status; else what is not known has a cause to name."""
    verdict = rollout.verdict
    if verdict is None and (known or is_null(rollout.unjudged)):
        return rollout.unjudged
    if not known and not group.usable:
        return "broken_tests" if group.broken else "no_tests"
    if verdict is None or not known:
        return lost_status(_lost_verdict(rollout))
    return program_status(outcomes_of(rollout, group.usable), tampered=is_tampered(verdict))


def _lost_verdict(rollout: Rollout) -> ProgramVerdict:
    """Of the verdicts on tests and on examples, the one that has a lost pair."""
    found = [verdict for verdict in (rollout.verdict, rollout.examples) if verdict is not None and Outcome.LOST in verdict.outcomes]
    return found[0] if found else ProgramVerdict((), ())


def _message(rollout: Rollout, status: RewardStatus) -> str:
    if rollout.verdict is None and status == rollout.unjudged:
        return rollout.message
    if status == "broken_tests":
        return "every test of the problem is broken; give tests that its reference passes"
    if status == "no_tests":
        return "the problem has no tests; register it with some, or have them written"
    return (_lost_verdict(rollout).lost or "a verdict is lost; score the program again") if is_null(status) else ""
