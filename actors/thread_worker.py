"""An object of this process whose methods block, as a Worker: one thread for its calls, one for questions that must not wait.

Knows no Ray; it is what an executor is where one process does everything.
"""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

CLOSE_TIMEOUT_S = 15.0
"""Longest wait for the call under way once it was told to end; its box is removed then, which ends it in any case."""


class ThreadWorker:
    """`target` as a Worker. at_once: methods that answer while a call runs. end: makes the call under way end soon."""

    def __init__(self, target: Any, at_once: frozenset[str], end: Callable[[], None]) -> None:
        self._target = target
        self._at_once = at_once
        self._end = end
        self._calls = ThreadPoolExecutor(1, "worker")
        self._questions = ThreadPoolExecutor(1, "worker at once")

    async def setup(self) -> None:
        """Make it ready; raises what its own setup raises."""
        await self._in(self._calls, self._target.setup)

    async def call(self, method: str, argument: Any) -> Any:
        """Call a method; one that is given up is carried on in its thread, and its answer is dropped."""
        threads = self._questions if method in self._at_once else self._calls
        return await self._in(threads, getattr(self._target, method), argument)

    async def close(self) -> None:
        """End the call under way, drop those that wait, and close; safe to call twice."""
        self._calls.shutdown(wait=False, cancel_futures=True)
        with contextlib.suppress(Exception):
            await asyncio.to_thread(self._end)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await asyncio.to_thread(self._calls.shutdown)
        with contextlib.suppress(Exception):
            await asyncio.to_thread(self._target.close)
        self._questions.shutdown(wait=False, cancel_futures=True)

    async def _in(self, threads: ThreadPoolExecutor, function: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(threads, function, *arguments)
