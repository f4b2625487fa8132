"""Shows a running job: one live line per stage on a terminal, a plain line every few seconds elsewhere.

What is going on has a name and a clock of its own, also while engines start. Tokens count as they are written.
"""

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bars

from coderm.messages.progress import Progress
from coderm.report.live.forecast import Forecast, Speed
from coderm.report.live.stages import STAGES, bars_of, named, remaining, writing

PLAIN_EVERY_S = 5.0
"""Often enough to see life in a log, seldom enough not to fill it."""
UNCHANGED_EVERY_S = 30.0
"""A log that stands still says now and then that the run does not: an engine may take a minute to start."""

Show = Callable[[Progress], None]


@contextmanager
def display(clock: Callable[[], float] = time.monotonic) -> Iterator[Show]:
    """Yield a function that shows one progress; the display is cleared in the end, its notes stay."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Plain(clock)
        return
    told = set[str]()
    forecast, speed = Forecast(), Speed()
    columns = (TextColumn("{task.description:<11}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
    with Bars(*columns, console=console, transient=True) as bars:
        tasks = {stage: bars.add_task(stage, total=None, rate="") for stage in STAGES}

        def show(progress: Progress) -> None:
            now = clock()
            for note in _new(progress, told):
                bars.console.print(f"coderm: {note}", markup=False, highlight=False, soft_wrap=True)
            for bar in bars_of(progress, forecast.left(now, progress.counters), speed.see(now, progress.written)):
                bars.update(tasks[bar.name], completed=bar.done, total=bar.total or None, rate=bar.note)

        yield show


def _new(progress: Progress, told: set[str]) -> list[str]:
    """Notes that were not told before."""
    new = [note for note in progress.notes if note not in told]
    told.update(new)
    return new


class _Plain:
    """Prints a line at most every PLAIN_EVERY_S seconds, an unchanged one every UNCHANGED_EVERY_S, and the last in any case."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._started = clock()
        self._last = self._printed = -math.inf
        self._counted = ""
        self._told = set[str]()
        self._forecast = Forecast()
        self._speed = Speed()

    def __call__(self, progress: Progress) -> None:
        now = self._clock()
        for note in _new(progress, self._told):
            print(f"coderm: {note}", file=sys.stderr, flush=True)
        left_s, speed = self._forecast.left(now, progress.counters), self._speed.see(now, progress.written)
        if now - self._last < PLAIN_EVERY_S and not progress.done:
            return
        counts = ", ".join(f"{stage} {done}/{total}" for stage, (done, total) in self._counts(progress))
        counted = f"{progress.stage} {' '.join(progress.starting)} {counts} {progress.written}"
        if counted != self._counted or now - self._printed >= UNCHANGED_EVERY_S or progress.done:
            written = "".join(f", {text}" for text in [writing(speed, progress)] if text)
            line = f"{named(progress)}: {counts}{written}{remaining(left_s, progress)}"
            print(f"[{now - self._started:6.0f} s] {line}", file=sys.stderr, flush=True)
            self._printed = now
        self._last, self._counted = now, counted

    @staticmethod
    def _counts(progress: Progress) -> Iterator[tuple[str, tuple[str, str]]]:
        for stage, count in STAGES.items():
            done, total = count(progress.counters)
            if total:
                yield stage, (f"{done:.10g}", f"{total:.10g}" + (f" {progress.counters.unit}" if stage == "budget" else ""))
