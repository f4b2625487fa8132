"""Starts the workers of a run side by side: while an engine loads, sandboxes are started and proved. Knows no Ray."""

import asyncio
from collections.abc import Mapping
from typing import Any

from actors.admission import Admission
from actors.busy import StageTimer
from actors.pool import Pool
from actors.proving import prove
from coderm.logs import get_log

_log = get_log(__name__)


async def start_all(executors: Pool, admission: Admission, engines: Mapping[str, Pool], timer: StageTimer) -> str:
    """Start every pool, prove the sandboxes, and return what verdicts depend on. timer: is told what is being started.

    The first error ends all other starts and is raised; what is up then is closed with its pool.
    """
    proved = asyncio.create_task(_proved(executors, admission, timer))
    tasks: list[asyncio.Task[Any]] = [proved]
    tasks += [asyncio.create_task(_started(name, pool, timer)) for name, pool in engines.items()]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return proved.result()


async def _proved(executors: Pool, admission: Admission, timer: StageTimer) -> str:
    with timer.during("executors"):
        await executors.start()
    with timer.during("proof of the sandbox"):
        return await prove(executors, admission)


async def _started(name: str, pool: Pool, timer: StageTimer) -> None:
    with timer.during(f"engine {name}"):
        await pool.start()
    _log.info("engines started", engine=name)
