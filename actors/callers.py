"""Who asks a scoring actor, and whether they still live: what a dead one asked for is ended at once, not when its lease is over."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from coderm.logs import get_log

_log = get_log(__name__)
ANSWER_S = 5.0
"""Longest wait for one that neither answers nor is known to be dead: it counts as living."""


class Life(Protocol):
    """Tells of a process elsewhere; only who knows Ray can."""

    async def lives(self) -> bool:
        """Whether the process is there; True where that cannot be told."""


class Callers:
    """Callers by name. gone: is told of each that died, once."""

    def __init__(self, gone: Callable[[str], None]) -> None:
        self._gone = gone
        self._known: dict[str, Life] = {}

    async def meet(self, caller: str, life: Life) -> None:
        """Know a caller from here on. Those that died before it came are gone when this returns."""
        self._known[caller] = life
        await self.look()

    async def look(self) -> None:
        """Look at every caller."""
        await asyncio.gather(*(self._look_at(caller, life) for caller, life in list(self._known.items())))

    async def _look_at(self, caller: str, life: Life) -> None:
        try:
            async with asyncio.timeout(ANSWER_S):
                lives = await life.lives()
        except TimeoutError:
            return
        if not lives and self._known.pop(caller, None) is not None:
            _log.warning("a caller died", caller=caller)
            self._gone(caller)
