"""Prints what a budget would buy before any test is written: who gets how many, and what that costs."""

import math

import numpy as np
from rich.console import Console
from rich.table import Table

from coderm.budget.plan import total_budget
from coderm.config.schema import RunConfig
from coderm.scheduling.spending import Allotment

LISTED = 5
"""Problems shown from either end of the allotment."""


def print_plan(config: RunConfig, task_ids: tuple[str, ...], allotment: Allotment, console: Console) -> None:
    """Print the first round's allotment of P problems and what the whole run costs."""
    problems = len(task_ids)
    samples = problems * config.policy.samples
    rows: dict[str, str] = {
        "problems": f"{problems:,}",
        "candidates": f"{samples:,}, at most {samples * config.policy.sampling.max_tokens:,} tokens",
        **(_counted(config, problems, allotment) if config.budget.unit == "tests" else _priced(config, problems, allotment)),
    }
    table = Table(title=f"plan: budget.model = {config.budget.model}", title_justify="left", show_header=False)
    for name, text in rows.items():
        table.add_row(name, text)
    console.print(table)
    console.print(_spread(task_ids, allotment, config.budget.unit))


def _counted(config: RunConfig, problems: int, allotment: Allotment) -> dict[str, str]:
    """A budget in tests: upper bounds of what it costs."""
    total = int(min(total_budget(config.budget, problems), problems * (config.budget.cap or math.inf)))
    asked = math.ceil(total * config.coderm.max_attempts)
    return {
        "tests": f"{total:,}, of them {int(allotment.units.sum()):,} in round 1 of {config.budget.rounds}",
        "tests asked for": f"at most {asked:,}, {asked * config.coderm.sampling.max_tokens:,} tokens (coderm.max_attempts)",
        "pairs": f"at most {total * config.policy.samples:,}, hidden checks apart",
    }


def _priced(config: RunConfig, problems: int, allotment: Allotment) -> dict[str, str]:
    """A budget in another unit: what the first round is expected to cost and buy."""
    unit, total = config.budget.unit, total_budget(config.budget, problems)
    cost = float((allotment.units * allotment.cost).sum())
    low, high = allotment.cost.min(initial=math.inf), allotment.cost.max(initial=0)
    return {
        "budget": f"{total:,.10g} {unit}, of them about {cost:,.6g} in round 1 of {config.budget.rounds}",
        "tests": f"{int(allotment.units.sum()):,} in round 1, expected to cost {low:,.4g} to {high:,.4g} {unit} each",
    }


def _spread(task_ids: tuple[str, ...], allotment: Allotment, unit: str) -> Table:
    """Quantiles of the units, then the problems that get most and least."""
    units = allotment.units
    quantiles = ", ".join(f"{int(value)}" for value in np.quantile(units, (0, 0.25, 0.5, 0.75, 1), method="nearest"))
    table = Table(title=f"round 1: tests per problem, quartiles {quantiles}", title_justify="left")
    for name in ("problem", "predicted pass rate", "tests", *([] if unit == "tests" else [f"{unit} a test"])):
        table.add_column(name, justify="left" if name == "problem" else "right")
    order = np.argsort(-units, kind="stable")
    ends = order if len(order) <= 2 * LISTED else np.concatenate([order[:LISTED], order[-LISTED:]])
    for position, place in enumerate(ends):
        if position == LISTED and len(order) > 2 * LISTED:
            table.add_row("...")
        rate = allotment.predicted[place]
        priced = [] if unit == "tests" else [f"{allotment.cost[place]:,.4g}"]
        table.add_row(task_ids[place], f"{rate:.3f}" if np.isfinite(rate) else "-", str(units[place]), *priced)
    return table
