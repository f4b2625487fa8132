"""Follows a cluster that grows: nodes that join during a run get executors."""

import asyncio
from collections.abc import Callable

from actors.pool import Pool
from coderm.logs import get_log

_log = get_log(__name__)
LOOK_S = 5.0
"""Between two looks at the cluster; starting an executor takes longer."""


async def follow(pool: Pool, room: Callable[[], int], every_s: float = LOOK_S) -> None:
    """Grow a pool to what the cluster has room for, again and again, until cancelled. room: executors that the cluster carries.

    It never shrinks: a worker that is lost with its node is replaced where there is room, or waits for it.
    """
    while True:
        await asyncio.sleep(every_s)
        try:
            missing = await asyncio.to_thread(room) - pool.size
        except Exception as error:  # noqa: BLE001 - the head may be away, or the engines have no room any more: nothing to add
            _log.info("room not known", error=error)
            continue
        if missing > 0:
            _log.info("room for more", pool=pool.name, executors=missing)
            pool.grow(missing)
