"""What every client offers, over HTTP, inside a Ray cluster or scripted: items in, a reward or null for each program out."""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Literal, Protocol

from coderm.client.contract import ProblemText, ProgramReward, ProgramText, RewardStatus, RewardTerm, ScoreAnswer, ScoreItem
from coderm.errors import RewardLost
from coderm.messages.case_rules import StopRule

Reward = str | Sequence[RewardTerm]
OF_THE_CALL: frozenset[RewardStatus] = frozenset({"no_tests", "broken_tests", "no_signal", "unknown_problem", "refused"})
"""Nulls whose cause is in what was sent; of all others it is the service."""


class Scorer(Protocol):
    """A client as adapters see it; safe to use from any thread."""

    def score(
        self, items: Sequence[ScoreItem], *, reward: Reward = "fraction", stop: StopRule = "never", deadline_s: float | None = None
    ) -> ScoreAnswer:
        """Return the reward or null of every program, in the order of items and programs."""
        ...

    def submit(
        self, items: Sequence[ScoreItem], *, reward: Reward = "fraction", stop: StopRule = "never", deadline_s: float | None = None
    ) -> "Future[ScoreAnswer]":
        """Begin the same; cancelling the future gives the call up."""
        ...

    def close(self) -> None:
        """Free what the client holds; it may be called twice."""
        ...


def score_item(problem: str | ProblemText, outputs: Sequence[str], *, raw: bool = True) -> ScoreItem:
    """Return programs of one problem as an item; raw: they are model output, which the service reads the code from."""
    programs = [ProgramText(output=text) if raw else ProgramText(code=text) for text in outputs]
    return ScoreItem(problem=problem, programs=tuple(programs))


def programs_of(answer: ScoreAnswer, item: int) -> tuple[ProgramReward, ...]:
    """Return the rewards of one item's programs, in their order."""
    return tuple(result for result in answer.results if result.item == item)


def null(item: int, program: int, status: RewardStatus, message: str) -> ProgramReward:
    """Return the null of a program that the service gave no reward for."""
    cause: Literal["problem", "service"] = "problem" if status in OF_THE_CALL else "service"
    return ProgramReward(item=item, program=program, reward=None, status=status, caused_by=cause, message=message)


def raise_if_lost(answer: ScoreAnswer) -> None:
    """Raise RewardLost if a program has no reward."""
    lost = [result for result in answer.results if result.reward is None]
    if lost:
        first = lost[0]
        raise RewardLost(
            f"{len(lost)} of {len(answer.results)} programs have no reward; the first: {first.status}: {first.message}"
        )
