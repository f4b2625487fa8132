"""How often clients may call: a bucket that fills evenly; who comes too early is told when to come back."""

from collections.abc import Callable

from coderm.service.ports import Refused

BURST_S = 10.0
"""Calls of so many seconds may come at once, since a trainer sends a step's calls together."""


class RateLimit:
    """Lets `per_minute` requests pass; 0 lets all pass. The clock is given."""

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        self._per_s = per_minute / 60.0
        self._size = max(self._per_s * BURST_S, 1.0)
        self._clock = clock
        self._level = self._size
        self._last = clock()

    def take(self) -> None:
        """Let one request pass; raises Refused (429) with the seconds after which there is room."""
        if not self._per_s:
            return
        now = self._clock()
        self._level = min(self._size, self._level + (now - self._last) * self._per_s)
        self._last = now
        if self._level < 1.0:
            wait_s = (1.0 - self._level) / self._per_s
            raise Refused("more requests than service.requests_per_minute; send larger batches, or wait", "rate", 429, wait_s)
        self._level -= 1.0
