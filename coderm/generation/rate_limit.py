"""A rate limit: request starts are spaced evenly, so that no minute sees more of them than allowed."""

import asyncio
import time
from collections.abc import Awaitable, Callable


class Pacer:
    """Lets at most `per_minute` callers pass per minute; 0 lets all pass. Clock and sleep are given, for tests."""

    def __init__(
        self,
        per_minute: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._gap_s = 60.0 / per_minute if per_minute else 0.0
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0

    async def wait(self) -> None:
        """Take the next free place in time and wait for it."""
        now = self._clock()
        place = max(self._next, now)
        self._next = place + self._gap_s
        if place > now:
            await self._sleep(place - now)
