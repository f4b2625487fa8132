"""Starts an engine in a thread under a guard, so that one that comes up too late is ended and not forgotten.

A thread cannot be stopped. One that outlives its time may start processes at any moment, so the guard and its mark stay as long
as it runs; they go when it has ended, or with this process.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from coderm.generation.process_guard import EngineGuard

T = TypeVar("T")


async def start_guarded(guard: EngineGuard, start: Callable[[], T], timeout_s: float) -> T:
    """Return what `start` returns; the processes that it starts are the guard's, which the caller closes in the end.

    Raises TimeoutError after `timeout_s` seconds, else what `start` raised. In each of these cases, and when cancelled, everything
    that was started is ended, now or when it comes up, and the guard needs no closing.
    """
    guard.open()
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()
    threading.Thread(target=_run, args=(future, start), name="engine start", daemon=True).start()
    try:
        async with asyncio.timeout(timeout_s):
            started = await asyncio.wrap_future(future)
    except BaseException:
        if future.done():
            await asyncio.to_thread(guard.close)
        else:
            await asyncio.to_thread(guard.kill)
            future.add_done_callback(lambda _: guard.close())
        raise
    guard.unmark()
    return started


def _run(future: Future[T], start: Callable[[], T]) -> None:
    try:
        future.set_result(start())
    except BaseException as error:  # noqa: BLE001 - the end of a thread: told to whoever waits
        future.set_exception(error)
