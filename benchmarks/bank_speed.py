"""How long the bank takes to register, read and count, on the disk of a temporary folder; prints a table and one JSON line.

10,000 problems of 16 tests, 300 characters each; groups of 64 programs. Seconds depend on the disk: each write waits for it.
"""

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from coderm.bank.bank import Bank
from coderm.bank.database import FILE
from coderm.bank.verify import verify
from coderm.messages.problem import Problem
from coderm.messages.scoring import UnitTests

PROBLEMS, TESTS, PROGRAMS, READS, GROUPS = 10_000, 16, 64, 5_000, 1_000


def timed(calls: list[Callable[[], object]]) -> tuple[float, float]:
    """Median and 99th percentile of the seconds of calls, one after the other."""
    seconds = []
    for call in calls:
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return float(np.median(seconds)), float(np.quantile(seconds, 0.99))


def measure(directory: Path) -> dict[str, tuple[float, float]]:
    rng = np.random.default_rng(0)
    names = [f"problem/{number}" for number in range(PROBLEMS)]
    some = [names[place] for place in rng.integers(0, PROBLEMS, READS)]
    groups = [np.asarray(rng.integers(1, 3, (PROGRAMS, TESTS)), np.int8) for _ in range(GROUPS)]
    found = {}
    with Bank(directory) as bank:

        def enter(name: str) -> Callable[[], object]:
            suite = UnitTests(tuple(f"# {name} {number}\n" + "x = 1\n" * 50 for number in range(TESTS)))
            return lambda: bank.enter(Problem(name, "q" * 500), suite)

        found["register"] = timed([enter(name) for name in names])
        found["register the same"] = timed([enter(name) for name in names[:GROUPS]])
        found["read a suite"] = timed([lambda name=name: bank.suite_of(name) for name in some])  # type: ignore[misc]
        counted = zip(some, groups, strict=False)
        found["count a group"] = timed([lambda name=name, group=group: bank.observe(name, 1, group) for name, group in counted])  # type: ignore[misc]
        found["retire a test"] = timed([lambda name=name: bank.retire(name, [0], "idle") for name in names[:GROUPS]])  # type: ignore[misc]
    found["open"] = timed([lambda: Bank(directory).open().close()] * 5)
    with Bank(directory, readonly=True) as reader:
        found["verify"] = timed([lambda: verify(reader)])
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder) / "bank")
        size = (Path(folder) / "bank" / FILE).stat().st_size
    for name, (median, most) in found.items():
        print(f"{name:18} {1000 * median:10.2f} ms median {1000 * most:10.2f} ms p99")
    print(f"{size / 2**20:.0f} MiB for {PROBLEMS} problems of {TESTS} tests")
    print(json.dumps({"bank_speed": found, "bytes": size}))


if __name__ == "__main__":
    main()
