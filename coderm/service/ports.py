"""What the service asks of others: a judge of calls, and a keeper of problems."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol

from coderm.client.contract import ProblemAnswer, ProblemText, ProgramReward, ScoreCall, SuiteText
from coderm.errors import CodeRMError


class Refused(CodeRMError):
    """A request that is not accepted; `http` and `code` are what the client gets, `retry_after_s` when to come back."""

    def __init__(self, message: str, code: str = "refused", http: int = 400, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.http = http
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Plan:
    """What a call comes to before it is accepted. pairs: (program, test) pairs of it; tests: number of tests of each item."""

    pairs: int
    tests: tuple[int, ...]


class Prepared(Protocol):
    """A call whose problems are looked up."""

    @property
    def plan(self) -> Plan: ...

    def judge(self, deadline_s: float) -> AsyncGenerator[ProgramReward, None]:
        """Yield each program's reward the moment it is known, in any order; closing ends the work. deadline_s: seconds left."""


class Judge(Protocol):
    """Turns calls into rewards. Its methods run in tasks of the service, never in those of a request."""

    async def prepare(self, call: ScoreCall) -> Prepared:
        """Look up the problems and read the programs; raises Refused for a call that cannot be judged at all."""

    async def ready(self) -> str:
        """Empty when calls can be judged; otherwise why not."""


class Problems(Protocol):
    """Keeps problems and their tests."""

    async def register(self, problems: Sequence[ProblemText]) -> tuple[ProblemAnswer, ...]:
        """Keep problems, and have tests written for those without; raises Refused, StorageError."""

    async def look_up(self, problem_id: str) -> ProblemAnswer | None:
        """What is known of a problem; None: nothing."""

    async def tests(self, problem_id: str) -> SuiteText | None:
        """The tests in use for a problem; None: it is unknown or has none."""

    async def delete(self, problem_id: str) -> bool:
        """Forget a problem; whether it was there."""

    def budget_left(self) -> float | None:
        """What is left to spend on tests, in the budget's unit; None: there is no budget."""
