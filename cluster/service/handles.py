"""The scoring actor and the bank as the service's replica sees them: found by name, so that a new one takes a dead one's place."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from cluster.connect import NAMESPACE
from cluster.scoring import score_stream
from coderm.bank.records import ScoredGroup, SuiteVersion
from coderm.client.contract import ProblemAnswer, ProblemText
from coderm.errors import ClusterError, CodeRMError
from coderm.messages.scoring import ProgramVerdict, ScoreRequest
from coderm.service.ports import Health

ANSWER_S = 30.0
"""Longest wait for an answer that needs no judging."""


class Named:
    """An actor by name; forgotten when it died, and looked for again with the next call. what: in messages."""

    def __init__(self, name: str, what: str) -> None:
        self._name = name
        self._what = what
        self._handle: Any = None

    def handle(self) -> Any:
        """Find the actor; raises ClusterError while there is none."""
        import ray

        if self._handle is None:
            try:
                self._handle = ray.get_actor(self._name, namespace=NAMESPACE)
            except ValueError:
                raise ClusterError(f"{self._what} is being started anew") from None
        return self._handle

    def forget(self) -> None:
        """Look for it again."""
        self._handle = None

    async def call(self, method: str, *arguments: Any) -> Any:
        """Call and await a method; raises what it raised, or ClusterError when the actor has died or does not answer."""
        import ray

        try:
            return await asyncio.wait_for(getattr(self.handle(), method).remote(*arguments), ANSWER_S)
        except ray.exceptions.RayTaskError as error:
            cause = getattr(error, "cause", None)
            raise cause if isinstance(cause, CodeRMError) else ClusterError(f"{self._what} failed, its log says how") from None
        except (ray.exceptions.RayError, TimeoutError):
            self.forget()
            raise ClusterError(f"{self._what} does not answer; it is started anew when it has died") from None


class ScorerHandle:
    """See `coderm.service.ports.Scorer`."""

    def __init__(self, name: str) -> None:
        self._actor = Named(name, "the scorer")

    async def score(self, request: ScoreRequest, deadline_s: float) -> AsyncGenerator[tuple[int, ProgramVerdict], None]:
        """See `Scorer`."""
        found = score_stream(self._actor.handle(), request, deadline_s, sure=True)
        try:
            async for pair in found:
                yield pair
        except ClusterError:
            self._actor.forget()
            raise
        finally:
            await found.aclose()  # type: ignore[attr-defined]

    async def health(self) -> Health:
        """See `Scorer`."""
        try:
            reason = await self._actor.call("ready")
            if reason:
                return Health(reason)
            load = await self._actor.call("load")
        except ClusterError as error:
            return Health(error.message)
        return Health("", load.pairs_per_s)


class BankHandle:
    """See `coderm.service.ports.Bank`. writes: whether the bank has a test writer."""

    def __init__(self, name: str, *, writes: bool) -> None:
        self._actor = Named(name, "the bank")
        self._writes = writes

    async def register(self, problem: ProblemText) -> ProblemAnswer:
        """See `Bank`."""
        answer: ProblemAnswer = await self._actor.call("register", problem)
        return answer

    async def describe(self, problem_id: str) -> ProblemAnswer | None:
        """See `Bank`."""
        answer: ProblemAnswer | None = await self._actor.call("describe", problem_id)
        return answer

    async def suite_of(self, problem_id: str) -> SuiteVersion | None:
        """See `Bank`."""
        version: SuiteVersion | None = await self._actor.call("suite_of", problem_id)
        return version

    async def forget(self, problem_id: str) -> bool:
        """See `Bank`."""
        return bool(await self._actor.call("forget", problem_id))

    async def observe(self, groups: Sequence[ScoredGroup]) -> None:
        """See `Bank`."""
        await self._actor.call("observe", list(groups))

    async def budget_left(self) -> float | None:
        """See `Bank`."""
        if not self._writes:
            return None
        figures = await self._actor.call("figures")
        return float(max(figures.total - figures.spent, 0))
