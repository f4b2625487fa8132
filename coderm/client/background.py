"""An event loop in a thread of its own, begun when it is first needed and anew in a forked process."""

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Background:
    """Runs coroutines for callers of any thread."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def forked(self) -> bool:
        """Whether this process is a fork of the one that began: its loop has no thread here."""
        return self._pid != os.getpid()

    def begin_anew(self) -> None:
        """Forget a loop that runs in another process only."""
        self._begin()

    def submit(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """Begin a coroutine; cancelling the future cancels it."""
        return asyncio.run_coroutine_threadsafe(work, self._running())

    def stop(self, end: Callable[[], Awaitable[None]]) -> None:
        """Await `end` on the loop, cancel what is left, end the thread; a later submit begins a new one."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(_wound_up(end), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="coderm-rewards", daemon=True)
                self._thread.start()
            return self._loop


async def _wound_up(end: Callable[[], Awaitable[None]]) -> None:
    await end()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
