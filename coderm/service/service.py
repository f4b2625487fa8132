"""The calls that were accepted: each is judged once, whoever waits for it, and none is dropped."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from coderm.client.contract import ProgramReward, RewardStatus, ScoreCall
from coderm.config.service import ServiceSection
from coderm.logs import get_log
from coderm.service.admission import Admission
from coderm.service.background import Background
from coderm.service.idempotency import KeptCalls
from coderm.service.jobs import Job
from coderm.service.ports import Judge, Prepared, Problems, Refused
from coderm.service.rate import RateLimit
from coderm.service.watched import Watched

_log = get_log(__name__)
T = TypeVar("T")
CHECK_S = 2.0
"""Between two looks at whether the judge is ready."""
DRAIN_RETRY_S = 2.0
"""When to come back to a service that is stopping: its successor may be up by then."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a service is made of. log: gets a call and its rewards when it has ended; None: nobody."""

    judge: Judge
    problems: Problems
    log: Callable[[ScoreCall, tuple[ProgramReward, ...]], Awaitable[None]] | None = None
    clock: Callable[[], float] = field(default=time.monotonic)


class RewardService:
    """Takes calls in, has them judged in tasks of its own, and answers any number of listeners. Started, drained, closed."""

    def __init__(self, parts: Parts, settings: ServiceSection) -> None:
        self.problems = parts.problems
        self.settings = settings
        self.watched = Watched()
        self._parts = parts
        self._clock = parts.clock
        self._background = Background()
        self._kept = KeptCalls(settings.keep_answers, settings.keep_answers_s, parts.clock)
        self._rate = RateLimit(settings.requests_per_minute, parts.clock)
        self._admission = Admission(settings.queue_pairs, parts.clock)
        self._running: set[Job] = set()
        self._draining = False
        self._not_ready = "the service is starting"
        self._idle = asyncio.Event()
        self._idle.set()

    def start(self) -> None:
        """Start the background tasks; inside the event loop, before any request."""
        self._background.start()
        self._background.repeat(self._check, CHECK_S)

    async def close(self) -> None:
        """End what still runs."""
        await self._background.close()

    @property
    def not_ready(self) -> str:
        """Why no call is accepted now; empty: calls are."""
        return "the service is stopping" if self._draining else self._not_ready

    def submit(self, call: ScoreCall, key: str, digest: str) -> Job:
        """Take a call in, or find the one that has this key; count the caller among its listeners. Raises Refused."""
        known = self._kept.find(key, digest) if key else None
        if known is None:
            self._let_in(call)
            known = Job(call, self._clock())
            self._begin(known)
            if key:
                self._kept.keep(key, digest, known)
        known.listeners += 1
        return known

    def leave(self, job: Job, *, keyed: bool) -> None:
        """One listener fewer; with the last one gone its work is cancelled: at once, or with a key after `grace_s`."""
        job.listeners -= 1
        if job.listeners or job.ended:
            return
        loop = asyncio.get_running_loop()
        loop.call_later(self.settings.grace_s if keyed else 0.0, self._drop, job)

    async def outside(self, action: Callable[[], Any]) -> Any:
        """Await something in a task of the service; a cancelled wait leaves it running."""
        return await self._background.run(action).result()

    async def drain(self) -> bool:
        """Accept nothing more, and wait at most `drain_s` for what was accepted; whether all of it was answered."""
        self._draining = True
        try:
            await asyncio.wait_for(self._idle.wait(), self.settings.drain_s)
        except TimeoutError:
            _log.warning("stopped with calls under way", calls=len(self._running))
            return False
        return True

    def figures(self) -> None:
        """Bring the gauges up to date."""
        self.watched.queue(self._admission.queued, self._admission.speed, len(self._running))
        self.watched.ready(not self.not_ready)
        self.watched.budget(self.problems.budget_left())

    def check_open(self, *, counted: bool = False) -> None:
        """Raise Refused (503) while no call is accepted, and 429 when `counted` and it came too early."""
        if self.not_ready:
            raise Refused(f"{self.not_ready}; try again later", "not_ready", 503, DRAIN_RETRY_S)
        if counted:
            self._rate.take()

    def _let_in(self, call: ScoreCall) -> None:
        self.check_open(counted=True)
        programs = sum(len(item.programs) for item in call.items)
        if programs > self.settings.max_programs:
            raise Refused(
                f"the call has {programs} programs, service.max_programs allows {self.settings.max_programs}; send smaller batches",
                "too_many_programs",
                413,
            )

    def _begin(self, job: Job) -> None:
        self._running.add(job)
        self._idle.clear()
        self.watched.running(len(self._running))
        job.work = self._background.run(lambda: self._work(job))

    def _drop(self, job: Job) -> None:
        if not job.listeners and not job.ended and job.work is not None:
            job.dropped = True
            job.work.cancel()
            if job.work.task is None:
                self._finished(job)

    async def _work(self, job: Job) -> None:
        try:
            prepared = await self._prepared(job)
            if prepared is not None:
                await self._judged(job, prepared)
        finally:
            self._finished(job)

    async def _prepared(self, job: Job) -> Prepared | None:
        """Look a call's problems up and accept or refuse it."""
        try:
            async with asyncio.timeout(self._left_s(job)):
                prepared = await self._parts.judge.prepare(job.call)
            self._admission.admit(prepared.plan.pairs, self._left_s(job))
        except Refused as refusal:
            job.refuse(refusal)
        except TimeoutError:
            job.accept()
            self._fill(job, "deadline")
        except Exception as error:  # noqa: BLE001 - the boundary: whatever it was, the client gets a typed answer
            _log.error("a call was not read", error=error)
            job.refuse(Refused("the service failed at this call, its log says how; send it again", "internal", 500))
        else:
            self.watched.tests(prepared.plan.tests)
            job.accept()
            return prepared
        return None

    async def _judged(self, job: Job, prepared: Prepared) -> None:
        """Judge an accepted call; what has no reward in the end gets a null that says why."""
        left = _Left(prepared.plan.pairs, self._admission)
        rewards = prepared.judge(self._left_s(job))
        status: RewardStatus = "lost"
        try:
            async with asyncio.timeout(self._left_s(job)):
                async for reward in rewards:
                    if job.add(reward, self._clock() - job.arrived):
                        left.judged(reward.tests)
        except TimeoutError:
            status = "deadline"
        except asyncio.CancelledError:
            status = "cancelled"
            raise
        except Exception as error:  # noqa: BLE001 - the boundary: every accepted program is answered
            _log.error("a call failed", error=error)
        finally:
            left.close()
            self._fill(job, status)
            await rewards.aclose()

    def _fill(self, job: Job, status: RewardStatus) -> None:
        for null in job.nulls(status):
            job.add(null, self._clock() - job.arrived)

    def _left_s(self, job: Job) -> float:
        return max(0.0, job.call.deadline_s - (self._clock() - job.arrived))

    def _finished(self, job: Job) -> None:
        self._running.discard(job)
        if not self._running:
            self._idle.set()
        if job.accepted:
            self.watched.call(job, self._clock() - job.arrived)
            if self._parts.log is not None:
                log = self._parts.log
                self._background.run(lambda: _written(log(job.call, job.ordered())))

    async def _check(self) -> None:
        try:
            self._not_ready = await self._parts.judge.ready()
        except Exception as error:  # noqa: BLE001 - the boundary: a judge that cannot tell is not ready
            _log.warning("the judge does not answer", error=error)
            self._not_ready = "the scorer does not answer"


async def _written(writing: Awaitable[None]) -> None:
    try:
        await writing
    except Exception as error:  # noqa: BLE001 - the boundary: a full disk under the log costs the log, no reward
        _log.error("rollouts not written", error=error)


class _Left:
    """The pairs of one call that still count in the queue."""

    def __init__(self, pairs: int, admission: Admission) -> None:
        self._pairs = pairs
        self._admission = admission

    def judged(self, pairs: int) -> None:
        pairs = min(pairs, self._pairs)
        self._pairs -= pairs
        self._admission.judged(pairs)

    def close(self) -> None:
        self._admission.given_up(self._pairs)
        self._pairs = 0
