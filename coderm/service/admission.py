"""Whether a call can be done before its deadline; decided once, when it comes, so that an accepted one is never dropped.

The measure is pairs. What waits, divided by how fast pairs were judged of late, is when a new call would be done.
"""

from collections.abc import Callable

from coderm.service.ports import Refused

WINDOW_S = 1.0
"""Pairs are counted over so long before the speed is taken from them: shorter ones jump with every batch."""
WEIGHT = 0.3
"""Of the newest window in the running mean."""
MARGIN = 0.9
"""Share of a deadline that may be planned with; the rest is for answering."""
LONGEST_RETRY_S = 5.0
"""A queue of any length has moved by then; clients sleep out what they are told, so it stays small."""


class Admission:
    """Counts pairs that were accepted and not judged. bound: most of them. The clock is given (seconds)."""

    def __init__(self, bound: int, clock: Callable[[], float]) -> None:
        self._bound = bound
        self._clock = clock
        self.queued = 0
        self.speed = 0.0
        """Pairs per second while there is work; 0: not known yet."""
        self._counted = 0
        self._since = clock()

    def admit(self, pairs: int, deadline_s: float) -> None:
        """Count a call in; raises Refused: 413 when it can never fit, 429 when it cannot now."""
        if pairs > self._bound:
            raise Refused(
                f"the call has {pairs} (program, test) pairs, service.queue_pairs allows {self._bound}; send smaller batches",
                "too_many_pairs",
                413,
            )
        over = self.queued + pairs - self._bound
        if over > 0:
            raise self._later(f"{self.queued} pairs wait and service.queue_pairs is {self._bound}", over)
        needed_s = (self.queued + pairs) / self.speed if self.speed else 0.0
        if self.queued and needed_s > deadline_s * MARGIN:
            late = int((needed_s - deadline_s * MARGIN) * self.speed) + 1
            raise self._later(f"the call would be done in about {needed_s:.1f} s, its deadline is {deadline_s:g} s", late)
        if not self.queued:
            self._counted, self._since = 0, self._clock()
        self.queued += pairs

    def judged(self, pairs: int) -> None:
        """Count pairs out that have their verdict."""
        self.queued -= pairs
        self._counted += pairs
        passed = self._clock() - self._since
        if passed >= WINDOW_S:
            newest = self._counted / passed
            self.speed = newest if not self.speed else (1 - WEIGHT) * self.speed + WEIGHT * newest
            self._counted, self._since = 0, self._clock()

    def given_up(self, pairs: int) -> None:
        """Count pairs out that will have none."""
        self.queued -= pairs

    def _later(self, reason: str, pairs_to_go: int) -> Refused:
        wait_s = pairs_to_go / self.speed if self.speed else 1.0
        return Refused(f"{reason}; try again later", "overloaded", 429, min(max(wait_s, 0.1), LONGEST_RETRY_S))
