"""Sends one request until it is answered: one key and one body for all its tries, within one deadline.

Never asks twice for what was answered: the service knows a repeated key, and a stream that was cut keeps the rewards that came.
"""

import asyncio
import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx

from coderm.client.batch import Pending, Terms, body_of, packed
from coderm.client.contract import ProgramReward
from coderm.client.reading import NDJSON, read_answer
from coderm.client.settings import ClientSettings
from coderm.client.tries import Again, Refused, TryFailed, pause_s, refused_as


@dataclass(frozen=True, slots=True)
class Line:
    """The way to a service. new_key, chance: given, for tests. slots: as many requests at once."""

    http: httpx.AsyncClient
    settings: ClientSettings
    slots: asyncio.Semaphore
    new_key: Callable[[], str] = lambda: uuid.uuid4().hex
    chance: Callable[[], float] = random.random

    def pause_s(self, tried: int, failure: Again) -> float:
        """Return the seconds to wait after a failure."""
        return pause_s(tried, failure.after_s, self.settings.first_pause_s, self.settings.longest_pause_s, self.chance())


async def deliver(line: Line, pending: Sequence[Pending], terms: Terms, end: float) -> None:
    """Finish every item with rewards or nulls; `end` is the deadline in the running loop's time."""
    delivery = Delivery(line, terms, end)
    try:
        async with asyncio.timeout_at(end):
            await delivery.ask(pending)
            for asked in range(line.settings.ask_again):
                again = [item for item in pending if not item.done.done()]
                if not again:
                    return
                await asyncio.sleep(line.pause_s(asked, Again("nulls that may pass")))
                await delivery.ask_anew(again, last=asked + 1 == line.settings.ask_again)
    except TimeoutError:
        pass
    except asyncio.CancelledError:
        delivery.failure = Again("the call was given up", "cancelled")
        raise
    finally:
        for item in pending:
            item.give_up(delivery.failure.status, delivery.failure.reason)


class Delivery:
    """The tries of one batch; `failure` is why the last one failed."""

    def __init__(self, line: Line, terms: Terms, end: float) -> None:
        self._line = line
        self._terms = terms
        self._end = end
        self.failure: Again | Refused = Again(
            f"the reward service gave no answer within {terms.deadline_s:g} s; raise deadline_s", "deadline"
        )

    async def ask_anew(self, pending: Sequence[Pending], *, last: bool) -> None:
        """Ask for items whose nulls may pass; after the last time they stay what they are."""
        for item in pending:
            item.ask_anew()
        await self.ask(pending, last=last)

    async def ask(self, pending: Sequence[Pending], *, last: bool = False) -> None:
        """Send items under a key of their own until they are answered; what is refused is divided, to save its other items."""
        last = last or self._line.settings.ask_again == 0
        body = body_of([item.item for item in pending], self._terms)
        refused = await self._until_answered(_Answer(pending, last), self._line.new_key(), body)
        if refused is None:
            return
        if refused.by_content and len(pending) > 1:
            half = len(pending) // 2
            await self.ask(pending[:half], last=last)
            await self.ask(pending[half:], last=last)
            return
        self.failure = refused
        for item in pending:
            item.give_up(refused.status, refused.reason)

    async def _until_answered(self, answer: "_Answer", key: str, body: bytes) -> Refused | None:
        """Try until there is an answer (None) or a refusal; raises TimeoutError where the next try would come too late."""
        tried = 0
        while True:
            failure = await self._once(answer, key, body)
            if failure is None or isinstance(failure, Refused):
                return failure
            self.failure = failure
            rest_s = self._line.pause_s(tried, failure)
            if asyncio.get_running_loop().time() + rest_s >= self._end:
                raise TimeoutError
            await asyncio.sleep(rest_s)
            tried += 1

    async def _once(self, answer: "_Answer", key: str, body: bytes) -> Again | Refused | None:
        """Try once; None: it was answered."""
        content, headers = packed(body, self._line.settings.compress_bytes)
        headers |= {"Idempotency-Key": key, "Accept": f"{NDJSON}, application/json"}
        path = self._terms.path
        try:
            async with (
                self._line.slots,
                self._line.http.stream("POST", path, content=content, headers=headers) as response,
            ):
                if response.status_code != 200:
                    return refused_as(response.status_code, response.headers, await response.aread())
                await read_answer(response, answer.take)
            return answer.gap()
        except TryFailed as failure:
            return None if answer.finished else failure.verdict
        except (httpx.TransportError, httpx.DecodingError) as error:
            url = self._line.settings.url
            if answer.finished:
                return None
            return Again(f"no whole answer from {url}: {type(error).__name__}; check that the service is up")


class _Answer:
    """Sorts the rewards of one key's answers to the items they belong to. last: nulls that may pass stay."""

    def __init__(self, pending: Sequence[Pending], last: bool) -> None:
        self._pending = pending
        self._last = last

    def take(self, reward: ProgramReward) -> None:
        """Keep a reward; an item that has all of them, none of which may still come, is finished at once."""
        if not self._asked_for(reward):
            raise TryFailed(
                Refused("the reward service answered for a program that was not asked for; use one version on both sides")
            )
        pending = self._pending[reward.item]
        pending.rewards.setdefault(reward.program, reward)
        if pending.complete and (self._last or not pending.may_pass):
            pending.finish()

    @property
    def finished(self) -> bool:
        """Whether nobody waits for anything more."""
        return all(pending.done.done() for pending in self._pending)

    def gap(self) -> Again | None:
        """Return a failure if a program was left out."""
        wanted = sum(pending.item.answers for pending in self._pending)
        found = sum(len(pending.rewards) for pending in self._pending)
        return None if found == wanted else Again(f"the reward service answered for {found} of {wanted} programs")

    def _asked_for(self, reward: ProgramReward) -> bool:
        known = 0 <= reward.item < len(self._pending)
        return known and 0 <= reward.program < self._pending[reward.item].item.answers
