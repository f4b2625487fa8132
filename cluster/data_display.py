"""Shows a build at work: a line every few seconds with what came to each stage and what left it, and a table in the end."""

import math
import sys
import time
from collections.abc import Callable, Mapping

from rich.console import Console
from rich.table import Table

from coderm.data.build import Tally
from coderm.data.plan import Plan
from coderm.data.records import Cost

EVERY_S = 5.0
"""Often enough to see life in a log, seldom enough not to fill it."""


class DataDisplay:
    """Prints a line at most every EVERY_S seconds, and the last in any case."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = clock()
        self._printed = -math.inf
        self._first: int | None = None

    def __call__(self, tally: Tally, *, last: bool = False) -> None:
        now = self._clock()
        ended = tally.accepted + sum(sum(reasons.values()) for reasons in tally.rejected.values())
        self._first = ended if self._first is None else self._first
        if now - self._printed < EVERY_S and not last:
            return
        passed = ", ".join(f"{stage} {came}>{went}" for stage, came, went in tally.flow() if came)
        rate = (ended - self._first) / max(now - self._started, 1e-9)
        lost = f", {tally.lost} lost" if tally.lost else ""
        print(f"[{now - self._started:6.0f} s] {ended} records, {rate:.1f}/s: {passed}{lost}", file=sys.stderr, flush=True)
        self._printed = now


def stage_table(tally: Tally, costs: Mapping[str, Cost]) -> Table:
    """Return counts in and out of each stage with what it cost."""
    table = _table("stages", "stage", "in", "out", "tokens", "CPU s", "rejected for")
    for stage, came, went in tally.flow():
        why = ", ".join(f"{reason} {count:,}" for reason, count in sorted(tally.rejected[stage].items()))
        table.add_row(stage, f"{came:,}", f"{went:,}", f"{costs[stage].tokens:,}", f"{costs[stage].cpu_s:.1f}", why)
    return table


def plan_tables(plan: Plan) -> tuple[Table, Table]:
    """Return what the sieve leaves out, and the most that the later stages ask for."""
    left = _table("left out before any model is asked", "stage", "rows", "reasons")
    for stage, reasons in plan.tally.rejected.items():
        if reasons:
            why = ", ".join(f"{reason} {count:,}" for reason, count in sorted(reasons.items()))
            left.add_row(stage, f"{sum(reasons.values()):,}", why)
    sizes = _table("at most", "stage", "records", "samples", "prompt tokens", "answer tokens", "pairs run")
    for size in plan.sizes:
        numbers = (size.records, size.samples, size.prompt_tokens, size.answer_tokens, size.pairs)
        sizes.add_row(size.stage, *(f"{number:,}" for number in numbers))
    return left, sizes


def show_plan(plan: Plan, console: Console) -> None:
    """Print a dry run."""
    for table in plan_tables(plan):
        if table.row_count:
            console.print(table)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for name in columns:
        table.add_column(name, overflow="fold")
    return table
