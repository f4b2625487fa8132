"""The scoring actor and the bank as the service's replica sees them: found by name, so that a new one takes a dead one's place."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any

from cluster.connect import NAMESPACE
from cluster.scoring import score_stream
from coderm.bank.records import ScoredGroup, SuiteVersion
from coderm.client.contract import ProblemAnswer, ProblemText
from coderm.errors import ClusterError, CodeRMError
from coderm.messages.claims import Claim
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


@dataclass(frozen=True, slots=True)
class ActorLife:
    """Whether the actor of a handle lives; see `actors.callers.Life`."""

    handle: Any

    async def lives(self) -> bool:
        """False only where Ray knows that the actor died."""
        import ray

        try:
            await self.handle.__ray_ready__.remote()
        except ray.exceptions.ActorDiedError:
            return False
        except ray.exceptions.RayError:
            return True
        return True


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks the scorer: this process, as an actor of Ray."""

    name: str
    life: ActorLife

    @staticmethod
    def here() -> "Caller":
        """Return this actor; only inside of one."""
        import ray

        context = ray.get_runtime_context()
        return Caller(str(context.get_actor_id()), ActorLife(context.current_actor))


class Scoring:
    """The scoring actor of a service, which has met this caller: what it asked for, and its keys, end with it."""

    def __init__(self, name: str, caller: Caller) -> None:
        self.caller = caller.name
        self._life = caller.life
        self._actor = Named(name, "the scorer")
        self._met: Any = None

    async def handle(self) -> Any:
        """Find the actor, and introduce this caller to a new one; raises ClusterError while there is none."""
        handle = self._actor.handle()
        if handle is not self._met:
            await self._actor.call("meet", self.caller, self._life)
            self._met = handle
        return handle

    async def call(self, method: str, *arguments: Any) -> Any:
        """See `Named.call`."""
        await self.handle()
        return await self._actor.call(method, *arguments)

    def forget(self) -> None:
        """Look for it again."""
        self._actor.forget()


class KeysHandle:
    """See `coderm.service.ports.Keys`: the keys are with the scoring actor, which knows the replicas and outlives them."""

    def __init__(self, scoring: Scoring) -> None:
        self._scoring = scoring

    async def claim(self, key: str, digest: str) -> Claim:
        """See `Keys`."""
        found: Claim = await self._scoring.call("claim", key, digest, self._scoring.caller)
        return found

    async def keep(self, key: str, answer: bytes, programs: int) -> None:
        """See `Keys`."""
        await self._scoring.call("keep", key, self._scoring.caller, answer, programs)

    async def release(self, key: str) -> None:
        """See `Keys`."""
        await self._scoring.call("release", key, self._scoring.caller)


class ScorerHandle:
    """See `coderm.service.ports.Scorer`."""

    def __init__(self, scoring: Scoring) -> None:
        self._scoring = scoring

    async def score(self, request: ScoreRequest, deadline_s: float) -> AsyncGenerator[tuple[int, ProgramVerdict], None]:
        """See `Scorer`."""
        found = score_stream(await self._scoring.handle(), request, deadline_s, sure=True, caller=self._scoring.caller)
        try:
            async for pair in found:
                yield pair
        except ClusterError:
            self._scoring.forget()
            raise
        finally:
            await found.aclose()  # type: ignore[attr-defined]

    async def health(self) -> Health:
        """See `Scorer`."""
        try:
            reason = await self._scoring.call("ready")
            if reason:
                return Health(reason)
            load = await self._scoring.call("load")
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
