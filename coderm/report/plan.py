"""Prints what a budget would buy before any test is written: who gets how many, and what that costs at most."""

import math
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from coderm.budget.plan import total_budget
from coderm.config import RunConfig
from coderm.spending import Allotment

LISTED = 5
"""Problems shown from either end of the allotment."""


def print_plan(config: RunConfig, task_ids: tuple[str, ...], allotment: Allotment, console: Console) -> None:
    """Print the first round's allotment of P problems and upper bounds of the whole run's cost."""
    console.print(_costs(config, len(task_ids), int(allotment.units.sum())))
    console.print(_spread(task_ids, allotment))


def _costs(config: RunConfig, problems: int, first: int) -> Table:
    total = min(total_budget(config.budget, problems), problems * (config.budget.cap or math.inf))
    asked = math.ceil(total * config.coderm.max_attempts)
    samples = problems * config.policy.samples
    rows: dict[str, Any] = {
        "problems": f"{problems:,}",
        "candidates": f"{samples:,}, at most {samples * config.policy.sampling.max_tokens:,} tokens",
        "tests": f"{total:,}, of them {first:,} in round 1 of {config.budget.rounds}",
        "tests asked for": f"at most {asked:,}, {asked * config.coderm.sampling.max_tokens:,} tokens (coderm.max_attempts)",
        "pairs": f"at most {total * config.policy.samples:,}, hidden checks apart",
    }
    table = Table(title=f"plan: budget.model = {config.budget.model}", title_justify="left", show_header=False)
    for name, text in rows.items():
        table.add_row(name, text)
    return table


def _spread(task_ids: tuple[str, ...], allotment: Allotment) -> Table:
    """Quantiles of the units, then the problems that get most and least."""
    units = allotment.units
    quantiles = ", ".join(f"{int(value)}" for value in np.quantile(units, (0, 0.25, 0.5, 0.75, 1), method="nearest"))
    table = Table(title=f"round 1: tests per problem, quartiles {quantiles}", title_justify="left")
    for name in ("problem", "predicted pass rate", "tests"):
        table.add_column(name, justify="left" if name == "problem" else "right")
    order = np.argsort(-units, kind="stable")
    ends = order if len(order) <= 2 * LISTED else np.concatenate([order[:LISTED], order[-LISTED:]])
    for position, place in enumerate(ends):
        if position == LISTED and len(order) > 2 * LISTED:
            table.add_row("...", "", "")
        rate = allotment.predicted[place]
        table.add_row(task_ids[place], f"{rate:.3f}" if np.isfinite(rate) else "-", str(units[place]))
    return table
