"""Prints a comparison of runs as plain tables."""

import json
from typing import Any

from rich.console import Console
from rich.table import Table

from coderm.evaluation.intervals import Estimate
from coderm.report.compare import FIGURES, Comparison

MOST_CHANGED = 20
"""Problems listed; the page and the JSON have all."""


def print_comparison(found: Comparison, console: Console) -> None:
    """Print levels, paired differences, settings that differ, and the problems that changed most."""
    console.print(_levels(found))
    if found.left_out:
        console.print(f"left out: {len(found.left_out)} problems that a run lacks, or has with other checks", markup=False)
    console.print(_settings(found))
    console.print(_changed(found))


def _levels(found: Comparison) -> Table:
    table = Table(title=f"{len(found.problems)} problems in all runs; %, and 95 % interval", title_justify="left")
    table.add_column("run", overflow="fold")
    for name in FIGURES:
        table.add_column(name, justify="right")
    for run, levels in zip(found.runs, found.levels, strict=True):
        table.add_row(f"{run.name} ({run.choice})", *(f"{100 * levels[name].mean:.2f} {_span(levels[name])}" for name in FIGURES))
    for run, differences in zip(found.runs[1:], found.differences, strict=True):
        table.add_row(f"{run.name} less the first", *(_difference(differences[name]) for name in FIGURES))
    return table


def _settings(found: Comparison) -> Table:
    table = Table(title="Settings that differ", title_justify="left")
    for name in ("setting", *(run.name for run in found.runs)):
        table.add_column(name, overflow="fold")
    for name, values in found.settings.items():
        table.add_row(name, *(_shown(value) for value in values))
    return table


def _changed(found: Comparison) -> Table:
    moved = {name: [run.problems[name].figures[1] for run in found.runs] for name in found.changed}
    ranked = sorted(moved, key=lambda name: -max(abs(value - moved[name][0]) for value in moved[name]))
    shown = f", the first {MOST_CHANGED}" if len(ranked) > MOST_CHANGED else ""
    table = Table(title=f"{len(ranked)} problems with another best-of-N{shown}", title_justify="left")
    table.add_column("problem", overflow="fold")
    for run in found.runs:
        table.add_column(run.name, justify="right", overflow="fold")
    for name in ranked[:MOST_CHANGED]:
        table.add_row(name, *(f"{100 * value:.1f}" for value in moved[name]))
    return table


def _span(value: Estimate) -> str:
    return rf"\[{100 * value.low:.2f}, {100 * value.high:.2f}]"


def _difference(value: Estimate) -> str:
    return rf"{100 * value.mean:+.2f} \[{100 * value.low:+.2f}, {100 * value.high:+.2f}]"


def _shown(value: Any) -> str:
    return "-" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
