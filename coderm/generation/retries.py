"""Repeats a call that failed in passing, under one deadline for all its tries and pauses.

Owns when to try again: after the pause that the endpoint asks for, else after an exponential one, both with jitter, so that
callers who failed together do not come back together. Never sleeps past the deadline. Clock, sleep and chance are given, for tests.
"""

import asyncio
import itertools
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TypeVar

from coderm.errors import DeadlineExceeded, GenerationError

T = TypeVar("T")

FIRST_PAUSE_S = 0.5
"""Pause before the first retry; each further one is twice as long."""
LONGEST_PAUSE_S = 30.0
"""Longest pause of our own choice; an endpoint may ask for a longer one."""


class TryAgain(Exception):
    """A call failed in a way that may pass: `reason` in words, `after_s` the pause that the endpoint asks for, if it does."""

    def __init__(self, reason: str, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after_s = after_s


@dataclass(frozen=True, slots=True)
class Retries:
    """Tries a call once and up to `max_retries` times more, all within `deadline_s` seconds from the first try on.

    `pace` is awaited before every try: before the first it costs nothing of the deadline.
    """

    max_retries: int
    deadline_s: float
    pace: Callable[[], Awaitable[object]]
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    chance: Callable[[], float] = random.random

    async def run(self, where: str, attempt: Callable[[float], Awaitable[T]]) -> T:
        """Return what `attempt` returns; it is given the seconds left and raises TryAgain.

        Raises GenerationError when the retries are used up, DeadlineExceeded when time is; `where` is their subject.
        """
        await self.pace()
        end = self.clock() + self.deadline_s
        for tried in itertools.count():
            try:
                return await attempt(end - self.clock())
            except TryAgain as failure:
                reason, pause_s = failure.reason, self._pause(tried, failure.after_s)
            if tried == self.max_retries:
                raise GenerationError(f"{where} {reason}, after {tried} retries; check base_url, or raise max_retries")
            await self._rest(where, tried, reason, pause_s, end)
        raise AssertionError("itertools.count ends")

    async def _rest(self, where: str, tried: int, reason: str, pause_s: float, end: float) -> None:
        """Pause and keep to the rate; raise DeadlineExceeded instead of sleeping past the deadline."""
        if self.clock() + pause_s < end:
            await self.sleep(pause_s)
            await self.pace()
            if self.clock() < end:
                return
        raise DeadlineExceeded(
            f"{where} {reason}, and the next try would come after deadline_s = {self.deadline_s:g} "
            f"(tries so far: {tried + 1}, next pause: {pause_s:.1f} s); raise deadline_s, or lower max_concurrency"
        )

    def _pause(self, tried: int, after_s: float | None) -> float:
        if after_s is not None:
            return after_s * (1 + self.chance() / 10)
        return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0**tried) * (1 + self.chance()) / 2


def asked_pause(headers: Mapping[str, str], now: Callable[[], float] = time.time) -> float | None:
    """Return the seconds that an answer's headers ask to wait (`retry-after-ms`, or `retry-after` as seconds or a date), or None.

    `now` gives seconds since the epoch (RFC 9110, section 10.2.3).
    """
    try:
        if (milliseconds := headers.get("retry-after-ms")) is not None:
            return max(float(milliseconds) / 1000, 0.0)
        if (text := headers.get("retry-after")) is None:
            return None
        if text.strip().replace(".", "", 1).isdigit():
            return float(text)
        date = parsedate_to_datetime(text)
        return max((date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now(), 0.0)
    except (ValueError, OverflowError):
        return None
