"""Prints writers side by side, and draws them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from coderm.audit.writers.comparison import Figures
from coderm.audit.writers.figures import ALL_FIGURES
from coderm.study.plot import OURS, THEIRS, drawn

GROUPS = {
    "the tests as classifiers": tuple(name for name in ALL_FIGURES if "." in name),
    "the tests by themselves": (
        *("usable", "valid", "tests_per_problem", "cases_per_test", "discrimination", "redundant", "mutants_killed"),
        *("killed_per_case", "newly_killed_per_case"),
    ),
    "what they bring, and cost": (
        *("fidelity", "pass_at_1", "best_of_n", "best_of_n_gain", "useful", "tokens_per_useful_test", "cpu_s_per_useful_test"),
    ),
}
"""Figures as they are shown together; one with a dot is of one test or of all tests of a problem."""


def print_comparison(found: Figures, console: Console) -> None:
    """Print a table for each group of figures."""
    console.print(f"{found['problems']} problems; best-of-N by {found['rule']}; differences are to {found['baseline']}")
    for title, names in GROUPS.items():
        console.print(_table(title, names, found))


def _table(title: str, names: Sequence[str], found: Figures) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("figure")
    for writer in found["writers"]:
        table.add_column(writer, justify="right")
        if writer in found["differences"]:
            table.add_column(f"{writer} - {found['baseline']}", justify="right")
    for name in names:
        cells = []
        for writer, figures in found["writers"].items():
            cells.append(shown(figures[name]))
            if writer in found["differences"]:
                cells.append(shown(found["differences"][writer][name], sign=True))
        table.add_row(name, *cells)
    table.caption = "95 % intervals over problems, differences paired by problem; * excludes 0"
    return table


def shown(estimate: Figures, *, sign: bool = False) -> str:
    """Return an estimate and its interval as text; a difference with its sign, and a star where the interval excludes 0."""
    if estimate["mean"] is None:
        return "-"
    form = "+.4f" if sign else ".4f"
    if estimate["low"] is None:
        return format(estimate["mean"], form)
    sure = "*" if sign and (estimate["low"] > 0 or estimate["high"] < 0) else ""
    return f"{estimate['mean']:{form}}{sure} [{estimate['low']:{form}}, {estimate['high']:{form}}]"


def plot_writers(found: Figures, names: Sequence[str], title: str) -> bytes:
    """Draw one panel a figure: every writer's value with its interval. PNG."""
    writers = list(found["writers"])

    def draw(figure: Any) -> None:
        grid = figure.subplots(-(-len(names) // 3), 3, squeeze=False).flat
        for axes, name in zip(grid, names, strict=False):
            for place, writer in enumerate(writers):
                one = found["writers"][writer][name]
                mean, low, high = (np.nan if one[part] is None else one[part] for part in ("mean", "low", "high"))
                colour = THEIRS if place == 0 else OURS
                axes.errorbar([mean], [place], xerr=[[mean - low], [high - mean]], fmt="o", color=colour, capsize=3)
            axes.set_yticks(range(len(writers)), writers)
            axes.set_ylim(len(writers) - 0.5, -0.5)
            axes.set_title(name, fontsize=9)
            axes.grid(axis="x", color="#e5e5e5")
        for axes in grid:
            axes.set_visible(False)
        figure.suptitle(title)

    return drawn(draw, (0.7 + 0.3 * len(writers)) * -(-len(names) // 3) + 0.6)
