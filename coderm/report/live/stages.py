"""The stages of a running job as bars: what each counts, and how fast it is."""

from collections.abc import Callable
from dataclasses import replace

from coderm.messages.progress import Counters, Progress
from coderm.report.live.forecast import in_words
from coderm.report.live.look import Bar

STAGES: dict[str, Callable[[Counters], tuple[float, float]]] = {
    "candidates": lambda c: (c.candidates, max(c.candidates_asked, c.candidates)),
    "tests": lambda c: (c.tests, max(c.units, c.tests)),
    "budget": lambda c: (round(c.spent, 1), round(c.budget, 1)),
    "pairs run": lambda c: (c.pairs_done, c.pairs_planned),
    "problems": lambda c: (c.problems_done, c.problems),
}
"""What each stage counts: done and total (pairs grow as tests arrive)."""


def bars_of(progress: Progress, left_s: float | None, tokens_per_s: float | None = None) -> list[Bar]:
    """Return a bar a stage, all of them.

    left_s: what is expected of the present pass, None where nobody knows. tokens_per_s: how fast engines write now, None where only
    the mean is known.
    """
    bars = [_bar(stage, progress, left_s) for stage in STAGES]
    if tokens_per_s is None or not progress.texts:
        return bars
    return [replace(bar, note=writing(tokens_per_s, progress)) if bar.name == "tests" else bar for bar in bars]


def named(progress: Progress) -> str:
    """The stage with its clock; of a start, what is being started with theirs."""
    starting = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in progress.starting.items())
    return f"{progress.stage} {starting or f'{progress.stage_s:.0f} s'}"


def writing(tokens_per_s: float, progress: Progress) -> str:
    """How fast engines write, and how many texts they have under way; nothing where they have none."""
    return f"{tokens_per_s:.0f} tokens/s, {progress.texts} texts under way" if progress.texts else ""


def speed_of(stage: str, progress: Progress) -> float | None:
    """What a stage does a second of the time that it worked: tokens for tests; None where it has not worked or has no speed."""
    seconds = progress.stage_seconds.get("execution" if stage == "pairs run" else "generation", 0.0)
    if not seconds or stage in ("problems", "budget"):
        return None
    return (progress.counters.tokens if stage == "tests" else STAGES[stage](progress.counters)[0]) / seconds


def remaining(left_s: float | None, progress: Progress) -> str:
    """What is left of the present pass, in words; nothing where it is not known."""
    if left_s is None or progress.done:
        return ""
    return f", about {in_words(left_s)} left" + (" in this pass" if progress.counters.passes_to_come else "")


def _bar(stage: str, progress: Progress, left_s: float | None) -> Bar:
    note = _note(stage, progress) + (remaining(left_s, progress) if stage == "problems" else "")
    return Bar(stage, *STAGES[stage](progress.counters), note)


def _note(stage: str, progress: Progress) -> str:
    counters = progress.counters
    if stage == "budget":
        return f"{max(counters.budget - counters.spent, 0):,.6g} {counters.unit} left" if counters.budget else ""
    if stage == "problems":
        lost = f", {counters.lost} lost" if counters.lost else ""
        return f"{counters.retries} retries{lost}" if counters.retries else named(progress)
    speed = speed_of(stage, progress)
    if speed is None:
        return ""
    return f"{speed:.0f} tokens/s" if stage == "tests" else f"{speed:.1f}/s"
