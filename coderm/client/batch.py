"""Items of several calls that travel in one request, and how a request's items are told apart again."""

import asyncio
import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from coderm.client.contract import (
    Call,
    ProblemText,
    ProgramReward,
    RewardStatus,
    RewardTerm,
    ScoreCall,
    ScoreItem,
    WriterCall,
    WriterItem,
)
from coderm.client.scorer import null
from coderm.messages.case_rules import StopRule

PASSING: frozenset[RewardStatus] = frozenset({"lost", "overloaded", "cancelled", "engine_down"})
"""Nulls that another try may turn into rewards."""


Item = ScoreItem | WriterItem
SCORE, SCORE_TESTS = "/v1/score", "/v1/score_tests"


@dataclass(frozen=True, slots=True)
class Terms:
    """What calls must have in common to share a request."""

    reward: str | tuple[RewardTerm, ...]
    stop: StopRule
    deadline_s: float
    path: str = SCORE

    @property
    def key(self) -> str:
        """A text that equal terms share; options of a term need not be hashable."""
        reward = self.reward if isinstance(self.reward, str) else [term.model_dump() for term in self.reward]
        return json.dumps([self.path, reward, self.stop, self.deadline_s], sort_keys=True, default=str)


@dataclass(slots=True, eq=False)
class Pending:
    """An item somebody waits for; `done` gets the rewards of its programs, all of one answer wherever one is whole."""

    item: Item
    done: "asyncio.Future[tuple[ProgramReward, ...]]"
    rewards: dict[int, ProgramReward] = field(default_factory=dict)
    """What the answer under way has said so far, by program."""
    former: dict[int, ProgramReward] = field(default_factory=dict)
    """What an earlier answer said, whole, with nulls that may pass."""

    @property
    def complete(self) -> bool:
        return len(self.rewards) == self.item.answers

    @property
    def may_pass(self) -> bool:
        """Whether it has a null that another try may turn into a reward."""
        return any(reward.reward is None and reward.status in PASSING for reward in self.rewards.values())

    def ask_anew(self) -> None:
        """Put aside what is known, since rewards of one group must come from one answer."""
        self.former, self.rewards = self.rewards, {}

    def finish(self) -> None:
        """Hand over what is known."""
        if not self.done.done():
            self.done.set_result(tuple(self.rewards[place] for place in range(self.item.answers)))

    def give_up(self, status: RewardStatus, message: str) -> None:
        """Hand over what is known, and nulls for the rest."""
        if not self.complete and self.former:
            self.rewards = self.former
        for place in range(self.item.answers):
            self.rewards.setdefault(place, null(0, place, status, message))
        self.finish()


def size_of(item: Item) -> int:
    """Return about how many characters an item is in a request."""
    size = sum(len(program.code or program.output or "") for program in item.programs)
    if isinstance(item, WriterItem):
        size += len(item.reference) + sum(len(test.model_dump_json()) for test in item.tests)
    return size + (len(item.problem.model_dump_json()) if isinstance(item.problem, ProblemText) else len(item.problem))


def body_of(items: Sequence[Item], terms: Terms) -> bytes:
    """Return a request's body; the service's own deadline ends a little before the client's, so that its answer arrives."""
    spare_s = min(1.0, terms.deadline_s / 10)
    deadline_s = min(3600, terms.deadline_s - spare_s)
    call: Call
    if terms.path == SCORE:
        programs = tuple(item for item in items if isinstance(item, ScoreItem))
        call = ScoreCall(items=programs, reward=terms.reward, stop=terms.stop, deadline_s=deadline_s, stream=True)
    else:
        written = tuple(item for item in items if isinstance(item, WriterItem))
        call = WriterCall(items=written, reward=terms.reward, deadline_s=deadline_s, stream=True)
    return call.model_dump_json(exclude_none=True).encode()


def packed(body: bytes, from_bytes: int) -> tuple[bytes, dict[str, str]]:
    """Return a body as it travels and the headers that say so."""
    headers = {"Content-Type": "application/json"}
    if len(body) < from_bytes:
        return body, headers
    return gzip.compress(body, compresslevel=1), headers | {"Content-Encoding": "gzip"}
