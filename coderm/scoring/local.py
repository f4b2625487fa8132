"""Scoring on one machine without Ray: threads over sandboxes of this process."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace

from coderm.config.schema import SandboxConfig
from coderm.messages.cases import CaseBlock
from coderm.messages.execution import Block, BlockResult
from coderm.messages.scoring import ProgramVerdict, ScoreRequest
from coderm.sandbox.base import Sandbox
from coderm.sandbox.factory import make_recycling_sandbox
from coderm.scoring.cache.base import ResultCache
from coderm.scoring.scorer import Scorer
from coderm.scoring.settings import ScorerSettings


class LocalBoxes:
    """Sandboxes of this process, one block at a time in each. A context manager; blocks run through `execute`."""

    def __init__(self, make: Callable[[], Sandbox], number: int) -> None:
        self._boxes = [make() for _ in range(number)]
        self._free: asyncio.Queue[Sandbox] = asyncio.Queue()
        self._stack = ExitStack()
        self._running: dict[asyncio.Task[BlockResult], tuple[Sandbox, str]] = {}

    async def start(self) -> str:
        """Start all boxes and return their environment. Raises EngineError with the remedy."""
        for box in self._boxes:
            await asyncio.to_thread(self._stack.enter_context, box)
            self._free.put_nowait(box)
        return self._boxes[0].environment

    async def close(self) -> None:
        """End what runs and remove all boxes."""
        for box, block_id in self._running.values():
            box.cancel(block_id)
        await asyncio.gather(*self._running, return_exceptions=True)
        await asyncio.to_thread(self._stack.close)

    async def execute(self, block: Block | CaseBlock) -> BlockResult:
        """Run a block in the next free box; cancelled, it is ended there."""
        box = await self._free.get()
        running = asyncio.create_task(asyncio.to_thread(box.run, block))
        self._running[running] = box, block.block_id
        running.add_done_callback(self._freed)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            box.cancel(block.block_id)
            raise

    def _freed(self, task: "asyncio.Task[BlockResult]") -> None:
        box, _ = self._running.pop(task)
        if not task.cancelled():
            task.exception()  # looked at, so that a block nobody waits for does not complain
        self._free.put_nowait(box)


@asynccontextmanager
async def local_scorer(
    config: SandboxConfig, *, executors: int = 0, cache: ResultCache | None = None, settings: ScorerSettings | None = None
) -> AsyncIterator[Scorer]:
    """Yield a scorer over sandboxes of this process; executors: how many, 0 takes one per CPU."""
    number = executors or os.cpu_count() or 1
    run_id = f"score-{uuid.uuid4().hex[:12]}"
    boxes = LocalBoxes(lambda: make_recycling_sandbox(config, run_id=run_id), number)
    chosen = replace(settings or ScorerSettings(block_pairs=config.block_pairs), executors=number, in_flight=1)
    try:
        environment = await boxes.start()
        yield Scorer(boxes.execute, environment=environment, cache=cache, settings=chosen)
    finally:
        await boxes.close()


def score_locally(request: ScoreRequest, config: SandboxConfig, *, executors: int = 0) -> tuple[ProgramVerdict, ...]:
    """Judge a request on this machine and return the verdict of each program; starts and removes its sandboxes.

    Raises EngineError where no sandbox can be had, InputError where a text does not fit.
    """

    async def run() -> tuple[ProgramVerdict, ...]:
        async with local_scorer(config, executors=executors) as scorer:
            return await scorer.score_all(request)

    return asyncio.run(run())
