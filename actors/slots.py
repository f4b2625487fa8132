"""One worker of a pool: what is under way on it, how long it has been silent, and questions that it has to answer soon."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Any

from actors.admission import Place
from actors.worker import Worker
from coderm.errors import CodeRMError

SIGNS_TIMEOUT_S = 10.0
"""Longest wait for a worker to say that it lives."""


@dataclass(eq=False, slots=True)
class Slot:
    """One worker and the number of calls under way on it. calls: when each began, by its id."""

    worker: Worker
    load: int = 0
    ready: bool = False
    leaving: bool = False
    answered: int = 0
    heard: int = -1
    heard_at: float = 0.0
    place: Place = field(default_factory=Place)
    calls: dict[str, float] = field(default_factory=dict)

    def silent_s(self, heard: int, now: float) -> float:
        """Take in how much was heard so far; return for how long nothing new was, while calls were under way."""
        if heard != self.heard or not self.load:
            self.heard, self.heard_at = heard, now
        return now - self.heard_at

    async def signs(self) -> int:
        """Signs of life that the worker counted; one that gives no answer has given none."""
        try:
            async with asyncio.timeout(SIGNS_TIMEOUT_S):
                return int(await self.worker.call("signs", None))
        except (TimeoutError, CodeRMError):
            return 0

    async def tell(self, method: str, argument: Any) -> None:
        """Call a method, whatever the worker is busy with; one that does not answer in time is passed over."""
        with contextlib.suppress(TimeoutError, CodeRMError):
            async with asyncio.timeout(SIGNS_TIMEOUT_S):
                await self.worker.call(method, argument)
