"""What the service asks of others: a judge of calls, a scorer of programs, and a bank of problems."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from coderm.bank.records import ScoredGroup, SuiteVersion
from coderm.client.contract import Call, ProblemAnswer, ProblemText, ProgramReward
from coderm.errors import CodeRMError
from coderm.messages.claims import Claim
from coderm.messages.scoring import ProgramVerdict, ScoreRequest


class Refused(CodeRMError):
    """A request that is not accepted; `http` and `code` are what the client gets, `retry_after_s` when to come back."""

    def __init__(self, message: str, code: str = "refused", http: int = 400, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.http = http
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Plan:
    """What a call comes to before it is accepted. pairs: (program, test) pairs to judge; tests: number of tests of each item."""

    pairs: int
    tests: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Health:
    """How a judge does. not_ready: empty when it can judge, otherwise why not. pairs_per_s: how fast, as far as it knows.

    unwritten: rollouts that the log could not take.
    """

    not_ready: str = ""
    pairs_per_s: float = 1000.0
    unwritten: int = 0


class Prepared(Protocol):
    """A call whose problems are looked up."""

    @property
    def plan(self) -> Plan: ...

    def judge(self, deadline_s: float) -> AsyncGenerator[ProgramReward, None]:
        """Yield each program's reward the moment it is known, in any order; closing ends the work. deadline_s: seconds left."""


class Judge(Protocol):
    """Turns calls into rewards. Its methods run in tasks of the service, never in those of a request."""

    async def prepare(self, call: Call) -> Prepared:
        """Look up the problems and read the programs; raises Refused for a call that cannot be judged at all."""

    async def health(self) -> Health:
        """Whether calls can be judged now."""

    async def settle(self) -> None:
        """Wait for what is still being noted of answered calls."""


class Scorer(Protocol):
    """Judges the programs of one request. What it was given is let in, whatever waits: the service decides who is."""

    def score(self, request: ScoreRequest, deadline_s: float) -> AsyncIterator[tuple[int, ProgramVerdict]]:
        """Yield (place of a program, its verdict), each as soon as it is known; closing gives the request up."""

    async def health(self) -> Health:
        """Whether programs can be judged now."""


class Keys(Protocol):
    """Keeps idempotency keys for all replicas of a service. Its methods raise ClusterError where the keeper is away."""

    async def claim(self, key: str, digest: str) -> Claim:
        """Take a key; waits some seconds for a call that another replica judges."""

    async def keep(self, key: str, answer: bytes, programs: int) -> None:
        """Note the answer to a call whose key was taken."""

    async def release(self, key: str) -> None:
        """Give a key back whose call was not answered."""


class Bank(Protocol):
    """Keeps problems and their tests."""

    async def register(self, problem: ProblemText) -> ProblemAnswer:
        """Keep a problem, and have tests written if it has none; raises InputError, StorageError."""

    async def describe(self, problem_id: str) -> ProblemAnswer | None:
        """Tell what is known of a problem; None: nothing."""

    async def suite_of(self, problem_id: str) -> SuiteVersion | None:
        """Return the tests in use for a problem; None: it is unknown or has none."""

    async def forget(self, problem_id: str) -> bool:
        """Leave a problem out; whether it was there."""

    async def observe(self, groups: Sequence[ScoredGroup]) -> None:
        """Count what scored groups showed of the tests."""

    async def budget_left(self) -> float | None:
        """What is left to spend on tests; None: no test is ever written."""
