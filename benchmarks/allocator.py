"""How long the allocator takes on a million problems, and on a smaller instance against a heap greedy in the same run.

Prints a table and one JSON line; the ratio to the heap is what counts, seconds depend on the machine.
"""

import heapq
import json
import resource
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from rich.console import Console
from rich.table import Table

from coderm.budget.allocation.gains import Gains, GeometricGains, TableGains
from coderm.budget.allocation.greedy import allocate

PROBLEMS, AVERAGE = 1_000_000, 64
SMALLER, LIMIT = 10_000, 512
"""Problems of the comparison, and most units of one: the heap's table of keys must fit into memory."""
CURVES, LENGTH = 32, 128


def heap_greedy(gains: Gains, budget: int) -> np.ndarray:
    """Take the best next unit of all problems, one at a time."""
    first = gains.key(np.ones(gains.problems, np.int64)).tolist()
    taken = [0] * gains.problems
    keys = [gains.key(np.full(gains.problems, unit)).tolist() for unit in range(1, LIMIT + 1)]
    heap = [(-key, 1, i) for i, key in enumerate(first)]
    heapq.heapify(heap)
    for _ in range(budget):
        _, unit, i = heap[0]
        taken[i] = unit
        if unit < LIMIT:
            heapq.heapreplace(heap, (-keys[unit][i], unit + 1, i))
        else:
            heapq.heappop(heap)
    return np.array(taken)


def timed(call: Callable[[], np.ndarray]) -> tuple[float, float, np.ndarray]:
    """Wall seconds, CPU seconds and result of one call; on a machine with other work the two part."""
    started, used = time.perf_counter(), time.process_time()
    result = call()
    return time.perf_counter() - started, time.process_time() - used, result


def instances(problems: int) -> dict[str, Gains]:
    """One instance per form of gains."""
    rng = np.random.default_rng(0)
    curves = np.sort(rng.random((CURVES, LENGTH)), axis=1)[:, ::-1]
    return {
        "equal": TableGains.of(np.zeros((1, 0)), np.zeros(problems, np.intp), endless=True),
        "paper": GeometricGains.of(rng.beta(0.5, 0.8, problems)),
        "curve": TableGains.of(curves, rng.integers(0, CURVES, problems), endless=True),
    }


def large() -> dict[str, dict[str, float]]:
    """Seconds of a million problems, with and without a cost per problem."""
    cost = np.random.default_rng(1).integers(100, 900, PROBLEMS)
    figures = {}
    for name, gains in instances(PROBLEMS).items():
        took, used, units = timed(partial(allocate, gains, PROBLEMS * AVERAGE))
        assert units.sum() == PROBLEMS * AVERAGE
        _, costly, _ = timed(partial(allocate, gains, PROBLEMS * AVERAGE * 500, cost=cost))
        figures[name] = {"seconds": round(took, 3), "cpu_seconds": round(used, 3), "cpu_seconds_with_cost": round(costly, 3)}
    return figures


def against_heap() -> dict[str, float]:
    """How many times faster than a heap the allocator is; both give the same units."""
    ratios = {}
    for name, gains in instances(SMALLER).items():
        _, ours, fast = timed(partial(allocate, gains, SMALLER * AVERAGE, cap=LIMIT))
        _, theirs, slow = timed(partial(heap_greedy, gains, SMALLER * AVERAGE))
        assert (fast == slow).all()
        ratios[name] = round(theirs / ours, 1)
    return ratios


def main() -> None:
    """Measure every form of gains; memory is the peak before the heap runs."""
    figures = large()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    ratios = against_heap()
    table = Table(title=f"{PROBLEMS:,} problems, {PROBLEMS * AVERAGE:,} tests; heap at {SMALLER:,} problems")
    for name in ("gains", "seconds", "CPU seconds", "CPU seconds, a cost per problem", "times faster than a heap"):
        table.add_column(name, justify="right")
    for name, row in figures.items():
        table.add_row(name, *(f"{seconds:.2f}" for seconds in row.values()), f"{ratios[name]:.0f}")
    table.caption = f"peak memory {memory / 2**20:.0f} MiB"
    Console().print(table)
    print(json.dumps({"benchmark": "allocator", "figures": figures, "times_faster_than_heap": ratios, "peak_memory_bytes": memory}))


if __name__ == "__main__":
    main()
