"""Shows a build at work: a line every few seconds with what came to each stage and is there, and a table in the end."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Mapping

from rich.console import Console
from rich.table import Table

from coderm.data.build import Build, Tally
from coderm.data.plan import Plan
from coderm.data.records import Cost
from coderm.report.live.forecast import Speed

EVERY_S = 5.0
"""Often enough to see life in a log, seldom enough not to fill it."""


class DataDisplay:
    """Prints a line every EVERY_S seconds, whether a record has ended or not. written: tokens that the engines have written."""

    def __init__(self, build: Build, written: Callable[[], Awaitable[int]], clock: Callable[[], float] = time.monotonic) -> None:
        self._build = build
        self._written = written
        self._clock = clock
        self._started = clock()
        self._first = build.tally.ended
        self._speed = Speed()
        self._speed.see(self._started, 0)

    async def run(self) -> None:
        """Print lines until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.show()

    async def show(self) -> None:
        """Print a line."""
        now, tokens, tally = self._clock(), await self._written(), self._build.tally
        rate = (tally.ended - self._first) / max(now - self._started, 1e-9)
        parts = [f"{tally.ended} records, {rate:.1f}/s"]
        parts += [", ".join(f"{stage} {came}>{went}" for stage, came, went in tally.flow() if came)]
        parts += [", ".join(f"{count} in {stage}" for stage, count in self._build.at_work().items())]
        if (speed := self._speed.see(now, tokens)) > 0:
            parts += [f"{speed:.0f} tokens/s"]
        if tally.lost:
            parts += [f"{tally.lost} lost"]
        print(f"[{now - self._started:6.0f} s] {'; '.join(filter(None, parts))}", file=sys.stderr, flush=True)


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
