"""Who waits for a worker and which worker is free: places by load, calls by urgency, each found without a look at all others.

Owns order only: of two free workers the less loaded takes a call, of two waiting calls the more urgent goes first, and of equals
the one that came first. Knows no time and never awaits.
"""

import asyncio
import heapq
from typing import Generic, Protocol, TypeVar

Urgency = tuple[float, ...]
"""Compared as tuples; the smaller goes first."""


class Loaded(Protocol):
    """What has calls under way."""

    load: int


S = TypeVar("S", bound=Loaded)


class Places(Generic[S]):
    """Free places of workers. most: calls that one may have under way."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._by_load: list[dict[S, None]] = [{} for _ in range(most)]
        self._open: set[S] = set()
        self._waiting: list[tuple[Urgency, int, asyncio.Future[S]]] = []
        self._serial = 0

    @property
    def waiting(self) -> int:
        """Calls that wait for a place."""
        return sum(not future.done() for _, _, future in self._waiting)

    def open(self, slot: S) -> None:
        """Let a worker take calls."""
        self._open.add(slot)
        self._move(slot, 0)
        self._serve()

    def shut(self, slot: S) -> None:
        """Let a worker take no further call."""
        self._open.discard(slot)
        self._move(slot, 0)

    def take(self) -> S | None:
        """Take a place of the least loaded worker at once; None where all are full, or others wait."""
        return None if self._waiting else self._next()

    def wait(self, urgency: Urgency) -> "asyncio.Future[S]":
        """Wait for a place, which is the waiter's when the future ends well; to be given up with `leave`."""
        future: asyncio.Future[S] = asyncio.get_running_loop().create_future()
        self._serial += 1
        heapq.heappush(self._waiting, (urgency, self._serial, future))
        self._serve()
        return future

    def leave(self, future: "asyncio.Future[S]") -> None:
        """Wait no more; a place that was given meanwhile goes back."""
        if future.done() and not future.cancelled() and future.exception() is None:
            self.give_back(future.result())
        else:
            future.cancel()

    def give_back(self, slot: S) -> None:
        """End one call of a worker; its place goes to the most urgent call."""
        self._move(slot, -1)
        self._serve()

    def fail(self, error: Exception) -> None:
        """End every wait with an error."""
        for _, _, future in self._waiting:
            if not future.done():
                future.set_exception(error)
        self._waiting.clear()

    def _next(self) -> S | None:
        for slots in self._by_load:
            for slot in slots:
                self._move(slot, 1)
                return slot
        return None

    def _move(self, slot: S, by: int) -> None:
        if slot.load < self._most:
            self._by_load[slot.load].pop(slot, None)
        slot.load += by
        if slot in self._open and slot.load < self._most:
            self._by_load[slot.load][slot] = None

    def _serve(self) -> None:
        while self._waiting:
            if self._waiting[0][2].done():
                heapq.heappop(self._waiting)
            elif (slot := self._next()) is not None:
                heapq.heappop(self._waiting)[2].set_result(slot)
            else:
                return
