"""Whose block is next: the earliest deadline first; among equal ones, the blocks of each request take turns.

The queue is here and not at the executors, so that what is given up before its turn costs nothing.
"""

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count


@dataclass(order=True, slots=True)
class _Waiting:
    deadline: float
    turn: int
    arrival: int
    granted: asyncio.Future[None] = field(compare=False)


class Turns:
    """At most `slots` holders at once."""

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._queue: list[_Waiting] = []
        self._arrivals = count()

    @property
    def waiting(self) -> int:
        """Blocks that wait for their turn."""
        return sum(not waiting.granted.done() for waiting in self._queue)

    @asynccontextmanager
    async def turn(self, deadline: float, number: int) -> AsyncIterator[None]:
        """Wait for a slot and hold it. deadline: of the request; number: of the block within its request."""
        await self._take(deadline, number)
        try:
            yield
        finally:
            self._give()

    async def _take(self, deadline: float, number: int) -> None:
        if self._free:
            self._free -= 1
            return
        waiting = _Waiting(deadline, number, next(self._arrivals), asyncio.get_running_loop().create_future())
        heapq.heappush(self._queue, waiting)
        try:
            await waiting.granted
        except asyncio.CancelledError:
            if waiting.granted.done() and not waiting.granted.cancelled():
                self._give()  # granted and cancelled in the same moment
            raise

    def _give(self) -> None:
        while self._queue:
            waiting = heapq.heappop(self._queue)
            if not waiting.granted.done():
                waiting.granted.set_result(None)
                return
        self._free += 1
