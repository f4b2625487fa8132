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

from cluster.forecast import Forecast, Speed, in_words
from coderm.messages.progress import Counters, Progress

PLAIN_EVERY_S = 5.0
"""Often enough to see life in a log, seldom enough not to fill it."""
UNCHANGED_EVERY_S = 30.0
"""A log that stands still says now and then that the run does not: an engine may take a minute to start."""

Show = Callable[[Progress], None]
STAGES: dict[str, Callable[[Counters], tuple[float, float]]] = {
    "candidates": lambda c: (c.candidates, max(c.candidates_asked, c.candidates)),
    "tests": lambda c: (c.tests, max(c.units, c.tests)),
    "budget": lambda c: (round(c.spent, 1), round(c.budget, 1)),
    "pairs run": lambda c: (c.pairs_done, c.pairs_planned),
    "problems": lambda c: (c.problems_done, c.problems),
}
"""What each line counts: done and total (pairs grow as tests arrive)."""


@contextmanager
def display(clock: Callable[[], float] = time.monotonic) -> Iterator[Show]:
    """Yield a function that shows one progress; the display is cleared in the end."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Plain(clock)
        return
    forecast, speed = Forecast(), Speed()
    columns = (TextColumn("{task.description:<11}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
    with Bars(*columns, console=console, transient=True) as bars:
        tasks = {stage: bars.add_task(stage, total=None, rate="") for stage in STAGES}

        def show(progress: Progress) -> None:
            remaining = _remaining(forecast.left(clock(), progress.counters), progress)
            rates = {"tests": _writing(speed.see(clock(), progress.written), progress)}
            for stage, count in STAGES.items():
                done, total = count(progress.counters)
                rate = rates.get(stage) or _rate(stage, done, progress) + (remaining if stage == "problems" else "")
                bars.update(tasks[stage], completed=done, total=total or None, rate=rate)

        yield show


def _rate(stage: str, done: float, progress: Progress) -> str:
    counters = progress.counters
    if stage == "budget":
        return f"{max(counters.budget - counters.spent, 0):,.6g} {counters.unit} left" if counters.budget else ""
    if stage == "problems":
        lost = f", {progress.counters.lost} lost" if progress.counters.lost else ""
        return _named(progress) + (f", {progress.counters.retries} retries{lost}" if progress.counters.retries else "")
    seconds = progress.stage_seconds.get("execution" if stage == "pairs run" else "generation", 0.0)
    return f"{done / seconds:.1f}/s" if seconds and stage != "tests" else ""


def _named(progress: Progress) -> str:
    """The stage with its clock; of a start, what is being started with theirs."""
    starting = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in progress.starting.items())
    return f"{progress.stage} {starting or f'{progress.stage_s:.0f} s'}"


def _writing(tokens_per_s: float, progress: Progress) -> str:
    """How fast engines write, and how many texts they have under way."""
    if not progress.texts:
        return ""
    return f"{tokens_per_s:.0f} tokens/s, {progress.texts} texts under way"


def _remaining(left_s: float | None, progress: Progress) -> str:
    """What is left of the present pass, in words; nothing where it is not known."""
    if left_s is None or progress.done:
        return ""
    return f", about {in_words(left_s)} left" + (" in this pass" if progress.counters.passes_to_come else "")


class _Plain:
    """Prints a line at most every PLAIN_EVERY_S seconds, an unchanged one every UNCHANGED_EVERY_S, and the last in any case."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._started = clock()
        self._last = self._printed = -math.inf
        self._counted = ""
        self._forecast = Forecast()
        self._speed = Speed()

    def __call__(self, progress: Progress) -> None:
        now = self._clock()
        left_s, speed = self._forecast.left(now, progress.counters), self._speed.see(now, progress.written)
        if now - self._last < PLAIN_EVERY_S and not progress.done:
            return
        counts = ", ".join(f"{stage} {done}/{total}" for stage, (done, total) in self._counts(progress))
        counted = f"{progress.stage} {' '.join(progress.starting)} {counts} {progress.written}"
        if counted != self._counted or now - self._printed >= UNCHANGED_EVERY_S or progress.done:
            writing = "".join(f", {text}" for text in [_writing(speed, progress)] if text)
            line = f"{_named(progress)}: {counts}{writing}{_remaining(left_s, progress)}"
            print(f"[{now - self._started:6.0f} s] {line}", file=sys.stderr, flush=True)
            self._printed = now
        self._last, self._counted = now, counted

    @staticmethod
    def _counts(progress: Progress) -> Iterator[tuple[str, tuple[str, str]]]:
        for stage, count in STAGES.items():
            done, total = count(progress.counters)
            if total:
                yield stage, (f"{done:.10g}", f"{total:.10g}" + (f" {progress.counters.unit}" if stage == "budget" else ""))
