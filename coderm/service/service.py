"""The calls that were accepted: each is judged once, whoever waits for it, and none is dropped."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from coderm.client.contract import Call, RewardStatus
from coderm.config.service import ServiceSection
from coderm.logs import get_log
from coderm.scoring.admission import Admission, Ticket
from coderm.scoring.admission import Refused as NotNow
from coderm.service.answers import refusal_of
from coderm.service.background import Background
from coderm.service.idempotency import KeptCalls
from coderm.service.jobs import Job
from coderm.service.key_sharing import mine, settling
from coderm.service.ports import Bank, Health, Judge, Keys, Prepared, Refused
from coderm.service.rate import RateLimit
from coderm.service.watched import Watched

_log = get_log(__name__)
CHECK_S = 1.0
"""Between two looks at how the judge does."""
LONGEST_RETRY_S = 5.0
"""A queue of any length has moved by then; clients sleep out what they are told, so it stays small."""
DRAIN_RETRY_S = 2.0
"""When to come back to a service that is stopping: its successor may be up by then."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a service is made of. clock: seconds; keys: None where no other replica may get the same key."""

    judge: Judge
    bank: Bank
    keys: Keys | None = None
    clock: Callable[[], float] = field(default=time.monotonic)


class RewardService:
    """Takes calls in, has them judged in tasks of its own, and answers any number of listeners. Started, drained, closed."""

    def __init__(self, parts: Parts, settings: ServiceSection) -> None:
        self.bank = parts.bank
        self.settings = settings
        self.watched = Watched()
        self._parts = parts
        self._clock = parts.clock
        self._background = Background()
        self._kept = KeptCalls(settings.keep_answers, settings.keep_answers_s, parts.clock)
        self._rate = RateLimit(settings.requests_per_minute, parts.clock)
        self._health = Health("the service is starting")
        self._admission = Admission(settings.queue_pairs, parts.clock, lambda: self._health.pairs_per_s)
        self._running: set[Job] = set()
        self._draining = False
        self._budget_left: float | None = None
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
        return "the service is stopping" if self._draining else self._health.not_ready

    def submit(self, call: Call, key: str, digest: str) -> Job:
        """Take a call in, or find the one that has this key; count the caller among its listeners. Raises Refused."""
        known = self._kept.find(key, digest) if key else None
        if known is None:
            self._let_in(call)
            known = Job(call, self._clock())
            self._begin(known, key, digest)
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
        """Accept nothing more, and wait at most `drain_s` for what was accepted; whether all of it was answered and noted."""
        self._draining = True
        try:
            async with asyncio.timeout(self.settings.drain_s):
                await self._idle.wait()
                await self._parts.judge.settle()
        except TimeoutError:
            _log.warning("stopped with calls under way", calls=len(self._running))
            return False
        return True

    def figures(self) -> None:
        """Bring the gauges up to date."""
        self.watched.queue(self._admission.pairs, self._health.pairs_per_s, len(self._running))
        self.watched.ready(not self.not_ready)
        self.watched.budget(self._budget_left)
        self.watched.unwritten(self._health.unwritten)

    def check_open(self, *, counted: bool = False) -> None:
        """Raise Refused (503) while no call is accepted, and 429 when `counted` and it came too early."""
        if self.not_ready:
            raise Refused(f"{self.not_ready}; try again later", "not_ready", 503, DRAIN_RETRY_S)
        if counted:
            self._rate.take()

    def _let_in(self, call: Call) -> None:
        self.check_open(counted=True)
        programs = sum(item.texts for item in call.items)
        if programs > self.settings.max_programs:
            most = self.settings.max_programs
            told = f"the call has {programs} programs and tests, service.max_programs is {most}; send smaller batches"
            raise Refused(told, "too_many_programs", 413)

    def _begin(self, job: Job, key: str, digest: str) -> None:
        self._running.add(job)
        self._idle.clear()
        self.watched.running(len(self._running))
        job.work = self._background.run(lambda: self._work(job, key, digest))

    def _drop(self, job: Job) -> None:
        if not job.listeners and not job.ended and job.work is not None:
            job.dropped = True
            job.work.cancel()
            if job.work.task is None:
                self._finished(job)

    async def _work(self, job: Job, key: str, digest: str) -> None:
        keys = self._parts.keys if key else None
        try:
            if keys is not None and not await mine(keys, job, (key, digest), self._left_s(job)):
                return
            prepared = await self._prepared(job)
            if prepared is not None:
                await self._judged(job, prepared)
        finally:
            if keys is not None:
                self._background.run(settling(keys, job, key))
            self._finished(job)

    async def _prepared(self, job: Job) -> Prepared | None:
        """Look a call's problems up; a call that is refused, or whose time is over, is settled here."""
        try:
            async with asyncio.timeout(self._left_s(job)):
                return await self._parts.judge.prepare(job.call)
        except TimeoutError:
            job.accept()
            self._fill(job, "deadline")
        except Exception as error:  # noqa: BLE001 - the boundary: whatever it was, the client gets a typed answer
            job.refuse(refusal_of(error))
            if job.refusal is not error:
                _log.error("a call was not read", error=error)
        return None

    async def _judged(self, job: Job, prepared: Prepared) -> None:
        """Judge a call if it is let in; what has no reward in the end gets a null that says why."""
        ticket = self._admitted(job, prepared.plan.pairs)
        if ticket is None:
            return
        self.watched.tests(prepared.plan.tests)
        job.accept()
        rewards = prepared.judge(self._left_s(job))
        status: RewardStatus = "lost"
        try:
            async with asyncio.timeout(self._left_s(job)):
                async for reward in rewards:
                    if job.add(reward, self._clock() - job.arrived):
                        self._admission.done(ticket, reward.tests)
        except TimeoutError:
            status = "deadline"
        except asyncio.CancelledError:
            status = "cancelled"
            raise
        except Exception as error:  # noqa: BLE001 - the boundary: every accepted program is answered
            _log.error("a call failed", error=error)
        finally:
            self._admission.leave(ticket)
            self._fill(job, status)
            await rewards.aclose()

    def _admitted(self, job: Job, pairs: int) -> Ticket | None:
        """Let a call in, or refuse it. An idle service tries whatever fits: only so it learns how fast it is."""
        bound = self.settings.queue_pairs
        if pairs > bound:
            told = f"the call has {pairs} (program, test) pairs, service.queue_pairs allows {bound}; send smaller batches"
            job.refuse(Refused(told, "too_many_pairs", 413))
            return None
        ticket = self._admission.admit(pairs, self._clock() + self._left_s(job), sure=not self._admission.pairs)
        if isinstance(ticket, NotNow):
            wait_s = min(ticket.retry_after_s, LONGEST_RETRY_S)
            job.refuse(Refused(f"{ticket.reason}; try again later", "overloaded", 429, wait_s))
            return None
        return ticket

    def _fill(self, job: Job, status: RewardStatus) -> None:
        for null in job.nulls(status):
            job.add(null, self._clock() - job.arrived)

    def _left_s(self, job: Job) -> float:
        return max(0.0, job.call.deadline_s - (self._clock() - job.arrived))

    def _finished(self, job: Job) -> None:
        self._running.discard(job)
        if not self._running:
            self._idle.set()
        if job.accepted and not job.told:
            self.watched.call(job, self._clock() - job.arrived)
        job.forget_call()

    async def _check(self) -> None:
        try:
            self._health = await self._parts.judge.health()
            self._budget_left = await self._parts.bank.budget_left()
        except Exception as error:  # noqa: BLE001 - the boundary: a judge that cannot tell is not ready
            _log.warning("the judge does not answer", error=error)
            self._health = replace(self._health, not_ready="the scorer or the bank does not answer")
