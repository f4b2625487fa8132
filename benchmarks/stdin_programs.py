"""Pairs a second on a trainer's batch of stdin problems: boxes beside one plain interpreter for each case, in the same run.

`python benchmarks/stdin_programs.py [--sandbox docker|local] [--boxes N] [--rounds N]`. Four problems of 16 programs and 16 cases,
once without and once with one program in sixteen that loops; every verdict is held against the known truth. The plain way is
`subprocess.run([python, program])` with a wall limit, as many at a time as there are boxes, and compares tokens: no limits, no
isolation. Prints a table and one JSON line for each row.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from coderm.config.schema import SandboxConfig
from coderm.messages.case_rules import StopRule
from coderm.messages.cases import Case, CaseBlock
from coderm.messages.execution import Limits, Outcome
from coderm.sandbox.base import Sandbox
from coderm.sandbox.containers.container import DockerSandbox
from coderm.sandbox.containers.engine import connect
from coderm.sandbox.factory import make_sandbox
from coderm.sandbox.local import LocalSandbox

sys.path.insert(0, str(Path(__file__).parent))

from batch import Item, stdin_items

LIMITS = Limits(row_timeouts=3)
"""Those of a run: 1 CPU second, and a row ends after three timeouts."""
PLAIN_WALL_S = 1.0
"""Limit of the plain way: wall time, since it has no other clock."""


@dataclass(frozen=True)
class Row:
    """What one way came to. pairs: all, whether run or left out. CPU time is that of this process and of the boxes."""

    way: str
    looping: bool
    pairs: int
    wall_s: float
    pairs_a_second: float
    cpu_ms_a_pair: float
    right_of_right: str
    wrong_passed: int


def blocks(items: list[Item], stop: StopRule) -> list[CaseBlock]:
    """One block for each problem."""
    return [CaseBlock(item.problem, item.programs, item.suite.cases, limits=LIMITS, stop=stop) for item in items]


def in_boxes(boxes: list[Sandbox], stop: StopRule) -> Callable[[list[Item]], list[list[bool]]]:
    """Return what judges items in boxes, each box one block after the other."""

    def judge(items: list[Item]) -> list[list[bool]]:
        free = list(boxes)

        def run(block: CaseBlock) -> list[bool]:
            box = free.pop()
            try:
                return [bool(row.all()) for row in box.run(block).outcomes == Outcome.PASSED]
            finally:
                free.append(box)

        with ThreadPoolExecutor(len(boxes)) as pool:
            return list(pool.map(run, blocks(items, stop)))

    return judge


def plainly(workers: int) -> Callable[[list[Item]], list[list[bool]]]:
    """Return what judges items with an interpreter for each case."""

    def judge(items: list[Item]) -> list[list[bool]]:
        with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(workers) as pool:
            asked = [
                [[pool.submit(_passes, _written(folder, text), case) for case in item.suite.cases] for text in item.programs]
                for item in items
            ]
            return [[all(one.result() for one in row) for row in rows] for rows in asked]

    return judge


def _written(folder: str, text: str) -> str:
    path = Path(folder, f"{abs(hash(text))}.py")
    path.write_text(text)
    return str(path)


def _passes(path: str, case: Case) -> bool:
    try:
        done = subprocess.run(
            [sys.executable, path], input=case.input.encode(), capture_output=True, timeout=PLAIN_WALL_S, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0 and done.stdout.split() == case.expected.encode().split()


def measure(way: str, judge: Callable[[list[Item]], list[list[bool]]], clock: Callable[[], float], *, looping: bool) -> Row:
    """Judge the batch once."""
    items = stdin_items(looping=looping)
    pairs = sum(len(item.programs) * len(item.suite) for item in items)
    cpu_before, started = clock(), time.monotonic()
    verdicts = judge(items)
    wall_s, cpu_s = time.monotonic() - started, clock() - cpu_before
    told = [
        (right, passed) for item, row in zip(items, verdicts, strict=True) for right, passed in zip(item.right, row, strict=True)
    ]
    kept, all_right = sum(right and passed for right, passed in told), sum(right for right, _ in told)
    wrong = sum(passed and not right for right, passed in told)
    return Row(
        way, looping, pairs, round(wall_s, 2), round(pairs / wall_s), round(1000 * cpu_s / pairs, 2), f"{kept}/{all_right}", wrong
    )


def cpu_clock(boxes: list[Sandbox]) -> Callable[[], float]:
    """Return a clock of the CPU seconds of this process, its ended children, and the processes of the boxes."""
    roots = [_root(box) for box in boxes]

    def clock() -> float:
        own = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        trees = [each for root in roots for each in (root, *root.children(recursive=True))]
        times = [each.cpu_times() for each in trees]
        theirs = sum(each.user + each.system + each.children_user + each.children_system for each in times)
        return float(theirs + sum(each.ru_utime + each.ru_stime for each in own))

    return clock


def _root(box: Sandbox) -> psutil.Process:
    """Return the first process of a box."""
    if isinstance(box, DockerSandbox):
        client = connect(30.0)
        try:
            return psutil.Process(int(client.inspect_container(box.name)["State"]["Pid"]))
        finally:
            client.close()
    assert isinstance(box, LocalSandbox)
    return psutil.Process(box.pid)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--sandbox", choices=("docker", "local"), default="docker")
    parser.add_argument("--image", default=SandboxConfig().image)
    parser.add_argument("--boxes", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--skip-plain", action="store_true")
    options = parser.parse_args()
    config = SandboxConfig(type=options.sandbox, image=options.image)
    rows = []
    with ExitStack() as stack:
        boxes = [stack.enter_context(make_sandbox(config, run_id="stdin-programs")) for _ in range(options.boxes)]
        ways = {"boxes": in_boxes(boxes, "never"), "boxes, stop at the first failure": in_boxes(boxes, "first_failure")}
        if not options.skip_plain:
            ways["an interpreter for each case"] = plainly(options.boxes)
        clock = cpu_clock(boxes)
        for _ in range(options.rounds):
            rows += [measure(way, judge, clock, looping=looping) for looping in (False, True) for way, judge in ways.items()]
    show(rows)


def show(rows: list[Row]) -> None:
    """Print rows as a table and as JSON."""
    table = Table(title=f"stdin problems, {os.cpu_count()} cores")
    for name in asdict(rows[0]):
        table.add_column(name)
    for row in rows:
        table.add_row(*map(str, asdict(row).values()))
    Console(width=140).print(table)
    for row in rows:
        print(json.dumps(asdict(row)))


if __name__ == "__main__":
    main()
