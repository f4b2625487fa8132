"""Idempotency keys of all replicas of a service: one judges a call, the others wait for its answer or get it told.

An answered call is kept for a time and within a bound; one that is being judged stays until its owner has answered it, gave it
up, or is gone. Knows nothing of what an answer says.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from coderm.messages.claims import Claim

WAIT_S = 10.0
"""Longest wait of one claim for what another caller judges; who claims asks again."""


@dataclass(slots=True)
class _Call:
    """A call by its key. answer: None while it is judged; changed: set when that ends, however."""

    digest: str
    owner: str
    since: float
    answer: bytes | None = None
    programs: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class Claims:
    """Calls by key: of at most `most` programs together, for `keep_s` seconds after they were answered. The clock is given."""

    def __init__(self, most: int, keep_s: float, clock: Callable[[], float]) -> None:
        self._most = most
        self._keep_s = keep_s
        self._clock = clock
        self._calls: OrderedDict[str, _Call] = OrderedDict()
        self._programs = 0

    def __len__(self) -> int:
        return len(self._calls)

    async def claim(self, key: str, digest: str, owner: str, wait_s: float = WAIT_S) -> Claim:
        """Take a key, or tell why not; waits for a call that another owner judges, at most `wait_s`."""
        found = self._look(key, digest, owner)
        if found.state == "elsewhere":
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._calls[key].changed.wait()
            found = self._look(key, digest, owner)
        return found

    def keep(self, key: str, owner: str, answer: bytes, programs: int) -> None:
        """Note an answer; the oldest answered calls go beyond the bound. Whoever does not hold the key changes nothing."""
        call = self._calls.get(key)
        if call is None or call.owner != owner or call.answer is not None:
            return
        call.answer, call.programs, call.since = answer, programs, self._clock()
        self._programs += programs
        self._calls.move_to_end(key)
        call.changed.set()
        self._expire()

    def release(self, key: str, owner: str) -> None:
        """Give a key back whose call was not answered."""
        call = self._calls.get(key)
        if call is not None and call.owner == owner and call.answer is None:
            self._forget(key)

    def leave(self, owner: str) -> None:
        """Give back all keys of an owner that is gone; what it answered stays."""
        for key in [key for key, call in self._calls.items() if call.owner == owner and call.answer is None]:
            self._forget(key)

    def _look(self, key: str, digest: str, owner: str) -> Claim:
        self._expire()
        call = self._calls.get(key)
        if call is None:
            self._calls[key] = _Call(digest, owner, self._clock())
            return Claim("mine")
        if call.digest != digest:
            return Claim("other_content")
        if call.answer is not None:
            return Claim("answered", call.answer)
        return Claim("mine" if call.owner == owner else "elsewhere")

    def _expire(self) -> None:
        """Answered calls stand in the order of their age, between those that are being judged."""
        old = self._clock() - self._keep_s
        for key, call in list(self._calls.items()):
            if call.answer is None:
                continue
            if call.since >= old and self._programs <= self._most:
                return
            self._forget(key)

    def _forget(self, key: str) -> None:
        call = self._calls.pop(key)
        self._programs -= call.programs
        call.changed.set()
