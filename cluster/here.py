"""Scoring in sandboxes of this machine for commands that need no cluster: several problems at once, and progress.

Everything ends with the context, also on Ctrl-C: blocks under way are given up, the sandboxes are removed, the cache is written.
"""

import asyncio
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from coderm.config.schema import SandboxConfig
from coderm.scoring.cache.base import ResultCache
from coderm.scoring.local import local_scorer
from coderm.scoring.scorer import Scorer

One = TypeVar("One")
Answer = TypeVar("Answer")
WINDOW = 16
"""Problems worked on at once: enough to keep every sandbox busy while one of them waits for a slow program."""
PLAIN_EVERY_S = 5.0


@contextmanager
def scoring_here(config: SandboxConfig, cache: ResultCache | None = None) -> Iterator[tuple[asyncio.Runner, Scorer]]:
    """Yield an event loop and a scorer over sandboxes of this machine. Raises EngineError where no sandbox can be had."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            yield runner, runner.run(stack.enter_async_context(local_scorer(config, cache=cache)))
        finally:
            runner.run(_end(stack))
            if cache is not None:
                cache.close()


async def _end(stack: AsyncExitStack) -> None:
    """Give up what is under way, then remove the sandboxes."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await stack.aclose()


def answers(
    runner: asyncio.Runner, items: Iterable[One], work: Callable[[One], Awaitable[Answer]], window: int = WINDOW
) -> Iterator[Answer]:
    """Yield the answer for each item in order, with at most `window` under way; items are read as they are needed."""
    under_way: deque[asyncio.Task[Any]] = deque()
    source = iter(items)
    while True:
        for item in source:
            under_way.append(runner.get_loop().create_task(_answer(work, item)))
            if len(under_way) >= window:
                break
        if not under_way:
            return
        yield runner.run(_wait(under_way.popleft()))


async def _answer(work: Callable[[One], Awaitable[Answer]], item: One) -> Answer:
    return await work(item)


async def _wait(task: "asyncio.Task[Answer]") -> Answer:
    return await task


@contextmanager
def counted(what: str, total: int, clock: Callable[[], float] = time.monotonic) -> Iterator[Callable[[], None]]:
    """Yield a function to call after each of `total` steps: a bar on a terminal, elsewhere a line every few seconds."""
    console = Console(stderr=True)
    if console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as bars:
            task = bars.add_task(what, total=total)
            yield lambda: bars.advance(task)
        return
    begun = last = clock()
    done = 0

    def step() -> None:
        nonlocal done, last
        done += 1
        if clock() - last >= PLAIN_EVERY_S or done == total:
            last = clock()
            print(f"[{last - begun:6.0f} s] {what} {done}/{total}", file=sys.stderr, flush=True)

    yield step
