"""How long the selection rules take on one pass matrix, against a plain double loop in the same run.

Prints a table and one JSON line; the ratio is what counts, seconds depend on the machine.
"""

import json
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from rich.console import Console
from rich.table import Table

from coderm.config.schema import SelectionConfig
from coderm.selection.factory import make_rules

SHAPE = (100, 100)
REPEATS = 50


def plain_count(passed: np.ndarray) -> list[int]:
    """What every rule must at least do: count the passes of each candidate, in plain Python."""
    return [sum(1 for cell in row if cell) for row in passed.tolist()]


def seconds(call: Callable[[], object]) -> float:
    """Best of many."""
    best = float("inf")
    for _ in range(REPEATS):
        started = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - started)
    return best


def main() -> None:
    """Measure every rule on a matrix with as many classes as recorded ones have."""
    rng = np.random.default_rng(0)
    passed = rng.random((30, SHAPE[1]))[rng.integers(0, 30, SHAPE[0])] < 0.4
    base = seconds(lambda: plain_count(passed))
    table = Table(title=f"one {SHAPE[0]} x {SHAPE[1]} pass matrix")
    for name in ("rule", "microseconds", "times a plain count"):
        table.add_column(name, justify="right")
    figures = {}
    for name, rule in make_rules(SelectionConfig()).items():
        took = seconds(partial(rule, passed))
        figures[name] = round(took / base, 3)
        table.add_row(name, f"{1e6 * took:.0f}", f"{took / base:.2f}")
    Console().print(table)
    print(json.dumps({"benchmark": "selection", "shape": SHAPE, "ratio_to_plain_count": figures}))


if __name__ == "__main__":
    main()
