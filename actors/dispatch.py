"""Hands blocks over to executors through a queue, so that whoever asks holds no call to one.

Ray ends, with a question whose asker has hung up, every call that was made on its behalf, in other actors too. So the calls here
are made by tasks that were started before any question came. A block that is given up before its turn is never sent; one under
way is ended by a message of its own, and its place counts as taken until the executor has answered.
"""

import asyncio
import contextlib
import contextvars
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from actors.pool import Pool
from coderm.logs import get_log
from coderm.messages.cases import CaseBlock
from coderm.messages.execution import Block, BlockResult

_log = get_log(__name__)


@dataclass(frozen=True, slots=True)
class _Job:
    block: Block | CaseBlock
    answer: asyncio.Future[BlockResult]


class Dispatcher:
    """Sends blocks to `executors`, at most `places` at once. `start` before any question; `close` at the end."""

    def __init__(self, executors: Pool, places: int) -> None:
        self._executors = executors
        self._places = places
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue()
        self._given_up: asyncio.Queue[str] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._under_way: set[str] = set()
        self._context = contextvars.copy_context()

    def start(self) -> None:
        """Start the tasks that make every call."""
        self._tasks = [self._task(self._send_jobs()) for _ in range(self._places)]
        self._tasks.append(self._task(self._end_given_up()))

    async def close(self) -> None:
        """Stop sending; what is under way ends with the executors."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def execute(self, block: Block | CaseBlock) -> BlockResult:
        """Have a block run; cancelled, the block is given up. Raises what the executor raised, or WorkerDied."""
        job = _Job(block, asyncio.get_running_loop().create_future())
        self._jobs.put_nowait(job)
        try:
            return await job.answer
        except asyncio.CancelledError:
            if block.block_id in self._under_way:
                self._given_up.put_nowait(block.block_id)
            raise

    async def _send_jobs(self) -> None:
        while True:
            job = await self._jobs.get()
            if not job.answer.done():
                await self._send(job)

    async def _send(self, job: _Job) -> None:
        self._under_way.add(job.block.block_id)
        try:
            result: BlockResult = await self._executors.call("execute", job.block)
        except Exception as error:  # noqa: BLE001 - carried to whoever waits for it, and raised there
            if not job.answer.done():
                job.answer.set_exception(error)
        else:
            if not job.answer.done():
                job.answer.set_result(result)
        finally:
            self._under_way.discard(job.block.block_id)

    async def _end_given_up(self) -> None:
        while True:
            block_id = await self._given_up.get()
            with contextlib.suppress(Exception):  # an executor that cannot be told is lost, and its block with it
                await self._executors.tell("cancel", block_id)

    def _task(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        return asyncio.get_running_loop().create_task(work, context=self._context.copy())
