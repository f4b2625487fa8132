"""What is told of a run, as names and numbers; pure."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from coderm.config.dotted import dotted
from coderm.messages.progress import Progress
from coderm.report.live.stages import STAGES
from coderm.report.loggers.base import Table

GROUPS = ("outcomes", "check_outcomes", "rejected", "tokens", "seconds", "quality")
"""Parts of the summary that hold figures by name."""


def figures_of(summary: Mapping[str, Any]) -> dict[str, float]:
    """Return every figure of a summary: counts and accuracies by their names there, figures by rule as `best_of_n/RULE`."""
    found = {name: value for name, value in summary.items() if _number(value)}
    for group in ("best_of_n", *GROUPS):
        found |= dict(_flat(summary.get(group) or {}, f"{group}/"))
    for rule, intervals in (summary.get("intervals") or {}).items():
        found |= dict(_flat(intervals["gain_over_pass_at_1"], f"gain_over_pass_at_1/{rule}/"))
    return {name: float(value) for name, value in found.items()}


def tables_of(summary: Mapping[str, Any]) -> tuple[Table, ...]:
    """Return the rules with their accuracy and gain; none where no problem has labels."""
    if not summary.get("best_of_n"):
        return ()
    rows = []
    for rule, score in summary["best_of_n"].items():
        gain = summary["intervals"][rule]["gain_over_pass_at_1"]
        rows.append((rule, score, gain["mean"], gain["low"], gain["high"]))
    return (Table("rules", ("rule", "best_of_n", "gain_over_pass_at_1", "low", "high"), tuple(rows)),)


def progress_of(progress: Progress) -> dict[str, float]:
    """Return what each stage has done, commands lost, and seconds with work under way."""
    done = {f"progress/{stage.replace(' ', '_')}": float(count(progress.counters)[0]) for stage, count in STAGES.items()}
    seconds = {f"progress/seconds/{stage}": value for stage, value in progress.stage_seconds.items()}
    return done | {"progress/lost": float(progress.counters.lost)} | seconds


def flat_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings by dotted name, without those of the loggers themselves."""
    return dict(dotted({name: value for name, value in config.items() if name != "loggers"}))


def _flat(values: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, float]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}/")
        elif _number(value):
            yield prefix + name, value


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
