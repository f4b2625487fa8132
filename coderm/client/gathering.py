"""Gathers items of concurrent calls into requests: those that came within a short window and share their terms.

A request whose callers have all given up is cancelled, so that the service stops working on it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from coderm.client.batch import Pending, Terms, size_of
from coderm.client.settings import ClientSettings

Deliver = Callable[[Sequence[Pending], Terms, float], Awaitable[None]]


class Gatherer:
    """Holds items until their window ends or their request is full, then delivers them; used in one event loop."""

    def __init__(self, settings: ClientSettings, deliver: Deliver) -> None:
        self._settings = settings
        self._deliver = deliver
        self._open: dict[str, _Open] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, pending: Pending, terms: Terms) -> None:
        """Take an item; `pending.done` will have its rewards."""
        key, programs, size = terms.key, pending.item.answers, size_of(pending.item)
        batch = self._open.get(key)
        if batch and (batch.programs + programs > self._settings.batch_programs or batch.size + size > self._settings.batch_bytes):
            self._send(key)
            batch = None
        if batch is None:
            loop = asyncio.get_running_loop()
            timer = loop.call_later(self._settings.window_s, self._send, key)
            batch = self._open[key] = _Open(terms, loop.time(), timer)
        batch.add(pending, programs, size)

    async def close(self) -> None:
        """Give everything up."""
        for batch in self._open.values():
            batch.timer.cancel()
            for pending in batch.items:
                pending.give_up("cancelled", "the reward client was closed")
        self._open.clear()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _send(self, key: str) -> None:
        batch = self._open.pop(key)
        batch.timer.cancel()
        items = [pending for pending in batch.items if not pending.done.done()]
        if not items:
            return
        task = asyncio.ensure_future(_as_task(self._deliver(items, batch.terms, batch.begun + batch.terms.deadline_s)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        for pending in items:
            pending.done.add_done_callback(lambda _: task.cancel() if all(item.done.cancelled() for item in items) else None)


class _Open:
    """A request that may still grow. begun: when its first item came, in the loop's time."""

    def __init__(self, terms: Terms, begun: float, timer: asyncio.TimerHandle) -> None:
        self.terms = terms
        self.begun = begun
        self.timer = timer
        self.items: list[Pending] = []
        self.programs = 0
        self.size = 0

    def add(self, pending: Pending, programs: int, size: int) -> None:
        self.items.append(pending)
        self.programs += programs
        self.size += size


async def _as_task(work: Awaitable[None]) -> None:
    await work
