"""Counts for how long each stage had work under way, given a clock; overlapping work of one stage counts once."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class StageTimer:
    """Seconds with at least one open piece of work, per stage; `earlier` carries over from a resumed run."""

    def __init__(self, clock: Callable[[], float], earlier: dict[str, float] | None = None) -> None:
        self._clock = clock
        self._seconds: Counter[str] = Counter(earlier or {})
        self._open: Counter[str] = Counter()
        self._since: dict[str, float] = {}

    def begin(self, stage: str) -> None:
        """One more piece of work is under way."""
        if not self._open[stage]:
            self._since[stage] = self._clock()
        self._open[stage] += 1

    def end(self, stage: str) -> None:
        """One piece of work has ended."""
        self._open[stage] -= 1
        if not self._open[stage]:
            self._seconds[stage] += self._clock() - self._since.pop(stage)  # type: ignore[assignment]

    @contextmanager
    def during(self, stage: str) -> Iterator[None]:
        """A piece of work is under way for as long as this lasts."""
        self.begin(stage)
        try:
            yield
        finally:
            self.end(stage)

    def under_way(self) -> dict[str, float]:
        """Stages with work under way, and for how many seconds."""
        now = self._clock()
        return {stage: now - since for stage, since in self._since.items()}

    def seconds(self) -> dict[str, float]:
        """Seconds so far, open work included."""
        running = self.under_way()
        return {stage: self._seconds[stage] + running.get(stage, 0.0) for stage in sorted(self._seconds.keys() | running.keys())}
