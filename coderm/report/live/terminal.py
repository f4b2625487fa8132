"""Looks in a terminal: redrawn in place, or a line whenever something changed where the output is no terminal."""

import math
import time
from collections.abc import Callable

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from coderm.report.live.look import Bar, Look

PLAIN_EVERY_S = 5.0
STYLES = {"waiting": "dim", "running": "bold", "silent": "bold yellow", "stopped": "bold red", "finished": "bold green"}
BAR_COLUMNS = 30


def watch(look: Callable[[], Look], console: Console, every_s: float, pause: Callable[[float], None] = time.sleep) -> Look:
    """Show looks until one is over, and return that; `pause` waits between two. Raises what `look` raises."""
    if not console.is_terminal:
        return _plain(look, console, every_s, pause)
    with Live(console=console, auto_refresh=False, transient=False) as live:
        while True:
            found = look()
            live.update(drawn(found), refresh=True)
            if found.over:
                return found
            pause(every_s)


def drawn(look: Look) -> Group:
    """Return a look as a person reads it."""
    title = Text(look.title, "bold")
    said = Text(look.said, STYLES[look.state])
    stages = Table.grid(padding=(0, 2))
    for bar in look.bars:
        stages.add_row(bar.name, ProgressBar(total=bar.total or 1.0, completed=bar.done, width=BAR_COLUMNS), counted(bar), bar.note)
    facts = Table.grid(padding=(0, 2))
    for name, value in look.facts:
        facts.add_row(Text(name, "dim"), Text(value))
    latest = [Text(line, "dim", no_wrap=True, overflow="ellipsis") for line in look.latest]
    return Group(title, said, *([stages] if look.bars else []), facts, *latest)


def counted(bar: Bar) -> str:
    """Done and total, where there is one."""
    return f"{bar.done:,.10g}/{bar.total:,.10g}" if bar.total else f"{bar.done:,.10g}"


def one_line(look: Look) -> str:
    """Return a look as one line of a log."""
    bars = [
        f"{bar.name} {counted(bar)}" + (f" ({bar.note})" if bar.note and bar.note not in look.said else "") for bar in look.bars
    ]
    facts = [] if look.bars else [f"{name} {value}" for name, value in look.facts]
    return ": ".join([look.said, ", ".join([*bars, *facts])]).removesuffix(": ")


def _plain(look: Callable[[], Look], console: Console, every_s: float, pause: Callable[[float], None]) -> Look:
    """Print a line for each look that says something new, not more often than PLAIN_EVERY_S, and the last one whole."""
    line, waited = "", math.inf
    while not (found := look()).over:
        if waited >= PLAIN_EVERY_S and (new := one_line(found)) != line:
            console.print(new, markup=False, highlight=False, soft_wrap=True)
            line, waited = new, 0.0
        pause(every_s)
        waited += every_s
    console.print(drawn(found), soft_wrap=True)
    return found
