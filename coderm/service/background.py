"""Work in tasks that no request started.

Ray Serve cancels whatever a request started when its client hangs up: calls inside other actors too, even those of a task that the
request only happened to create. So requests put work into a queue, and a feeder that was started with the service makes the tasks.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Work(Generic[T]):
    """A piece of work that was handed over. `future` has its result; waiting for it may be cancelled without harm to the work."""

    def __init__(self, begin: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self.begin = begin
        self.future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.task: asyncio.Task[T] | None = None

    def cancel(self) -> None:
        """Cancel the work itself, begun or not."""
        if self.task is not None:
            self.task.cancel()
        else:
            self.future.cancel()

    async def result(self) -> T:
        """Wait for the result; a cancelled wait leaves the work running."""
        return await asyncio.shield(self.future)


class Background:
    """Runs handed-over work. `start` inside the event loop, before the first request; always closed."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Work[Any]] = asyncio.Queue()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._feeder: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to take work."""
        self._feeder = asyncio.get_running_loop().create_task(self._feed())

    def run(self, begin: Callable[[], Coroutine[Any, Any, T]]) -> Work[T]:
        """Hand over work; it begins in a moment, in a task of the feeder's."""
        work = Work(begin)
        self._queue.put_nowait(work)
        return work

    def repeat(self, action: Callable[[], Coroutine[Any, Any, None]], every_s: float) -> Work[None]:
        """Hand over work that is done again and again."""

        async def forever() -> None:
            while True:
                await action()
                await asyncio.sleep(every_s)

        return self.run(forever)

    async def close(self) -> None:
        """Cancel what runs and wait until it has ended."""
        tasks = [*self._tasks, *([self._feeder] if self._feeder else [])]
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
        while not self._queue.empty():
            self._queue.get_nowait().cancel()

    async def _feed(self) -> None:
        while True:
            work = await self._queue.get()
            if not work.future.cancelled():
                self._begin(work)

    def _begin(self, work: Work[Any]) -> None:
        task = asyncio.get_running_loop().create_task(work.begin())
        work.task = task
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._ended(work, done))

    def _ended(self, work: Work[Any], task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if work.future.done():
            return
        if task.cancelled():
            work.future.cancel()
        elif (error := task.exception()) is not None:
            work.future.set_exception(error)
            work.future.exception()  # looked at: whoever waited may have gone
        else:
            work.future.set_result(task.result())
