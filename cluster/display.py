"""Shows a running job: one live line per stage on a terminal, a plain line every few seconds elsewhere."""

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bars

from coderm.messages.progress import Progress
from coderm.report.live.forecast import Forecast
from coderm.report.live.stages import STAGES, bars_of, remaining

PLAIN_EVERY_S = 5.0
"""Often enough to see life in a log, seldom enough not to fill it."""
UNCHANGED_EVERY_S = 60.0
"""A log that stands still says now and then that the run does not: a slow model may take minutes for its first answer."""

Show = Callable[[Progress], None]


@contextmanager
def display(clock: Callable[[], float] = time.monotonic) -> Iterator[Show]:
    """Yield a function that shows one progress; the display is cleared in the end."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Plain(clock)
        return
    forecast = Forecast()
    columns = (TextColumn("{task.description:<11}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
    with Bars(*columns, console=console, transient=True) as bars:
        tasks = {stage: bars.add_task(stage, total=None, rate="") for stage in STAGES}

        def show(progress: Progress) -> None:
            for bar in bars_of(progress, forecast.left(clock(), progress.counters)):
                bars.update(tasks[bar.name], completed=bar.done, total=bar.total or None, rate=bar.note)

        yield show


class _Plain:
    """Prints a line at most every PLAIN_EVERY_S seconds, an unchanged one every UNCHANGED_EVERY_S, and the last in any case."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._started = clock()
        self._last = self._printed = -math.inf
        self._line = ""
        self._forecast = Forecast()

    def __call__(self, progress: Progress) -> None:
        now = self._clock()
        left_s = self._forecast.left(now, progress.counters)
        if now - self._last < PLAIN_EVERY_S and not progress.done:
            return
        counts = ", ".join(f"{stage} {done}/{total}" for stage, (done, total) in self._counts(progress))
        line = f"{progress.stage}: {counts}{remaining(left_s, progress)}"
        if line != self._line or now - self._printed >= UNCHANGED_EVERY_S:
            print(f"[{now - self._started:6.0f} s] {line}", file=sys.stderr, flush=True)
            self._printed = now
        self._last, self._line = now, line

    @staticmethod
    def _counts(progress: Progress) -> Iterator[tuple[str, tuple[str, str]]]:
        for stage, count in STAGES.items():
            done, total = count(progress.counters)
            if total or stage != "budget":
                yield stage, (f"{done:.10g}", f"{total:.10g}" + (f" {progress.counters.unit}" if stage == "budget" else ""))
