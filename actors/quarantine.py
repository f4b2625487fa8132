"""Nodes that get no new worker for a while, because the last one there could not be set up. Pure: the clock is given."""

from collections.abc import Callable
from dataclasses import dataclass

FIRST_PAUSE_S = 30.0
"""After a node's first failure: a Docker engine that restarts is back by then."""
LONGEST_PAUSE_S = 600.0
"""Between two tries of a node; each pause is twice as long as the one before."""


@dataclass(slots=True)
class _Held:
    until: float
    pause_s: float


class Quarantine:
    """A breaker for each node: failures open it for ever longer, when its time is over one try may show that the node is well."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._nodes: dict[str, _Held] = {}

    def failed(self, node: str) -> float:
        """Keep a node out; return for how long, seconds. Failures of workers that were under way already count once."""
        now, held = self._clock(), self._nodes.get(node)
        if held is not None and now < held.until:
            return held.until - now
        pause_s = FIRST_PAUSE_S if held is None else min(2 * held.pause_s, LONGEST_PAUSE_S)
        self._nodes[node] = _Held(now + pause_s, pause_s)
        return pause_s

    def well(self, node: str) -> bool:
        """Forget the failures of a node where a worker came up; return whether there were any."""
        return self._nodes.pop(node, None) is not None

    def held(self) -> tuple[str, ...]:
        """Nodes that get no worker now."""
        now = self._clock()
        return tuple(sorted(node for node, held in self._nodes.items() if now < held.until))
