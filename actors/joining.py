"""Follows a cluster that changes: nodes that join during a run get executors, those that drain get no further call."""

import asyncio
from collections.abc import Callable, Collection

from actors.pool import Pool
from coderm.logs import get_log

_log = get_log(__name__)
LOOK_S = 5.0
"""Between two looks at the cluster; starting an executor takes longer, and the notice of a spot node gives more."""


async def follow(
    pool: Pool, room: Callable[[], int] | None, leaving: Callable[[], Collection[str]] = tuple, every_s: float = LOOK_S
) -> None:
    """Fit a pool to the cluster, again and again, until cancelled.

    room: executors that the cluster carries, None: their number is fixed. leaving: ids of the nodes that are about to go.
    It never shrinks: a worker that is lost with its node is replaced where there is room, or waits for it.
    """
    while True:
        await asyncio.sleep(every_s)
        try:
            if nodes := await asyncio.to_thread(leaving):
                pool.vacate(nodes)
            missing = 0 if room is None else await asyncio.to_thread(room) - pool.size
        except Exception as error:  # noqa: BLE001 - the head may be away, or the engines have no room any more: nothing to add
            _log.info("room not known", error=error)
            continue
        if missing > 0:
            _log.info("room for more", pool=pool.name, executors=missing)
            pool.grow(missing)
