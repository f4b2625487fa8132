"""What programs at the edge of their limits cost: outcome, CPU time, wall time and memory of each kind, in both gradings.

`python benchmarks/edges.py [--only KIND ...]`. Every kind runs in a container of its own, between a right and a wrong program whose
verdicts must not change. Prints a table for each grading, the wrong verdicts of neighbours, and one JSON line for each kind.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from coderm.config.schema import SandboxConfig
from coderm.messages.execution import GRADINGS, Block, Limits, Outcome
from coderm.sandbox.containers.container import DockerSandbox

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "sandbox"))

from edge_programs import EDGES, LIMITS
from pairs import ADD, ADDS, WRONG, case

PEAK = """
import os
names = ("memory.peak", "memory/memory.max_usage_in_bytes")
peak = [int(open(f"/sys/fs/cgroup/{name}").read()) >> 20 for name in names if os.path.exists(f"/sys/fs/cgroup/{name}")]
"""


@dataclass(frozen=True)
class Cost:
    """What one kind of program came to; `peak_mb` is the container's, server and honest pairs included."""

    kind: str
    grading: str
    outcome: str
    cpu_ms: int
    wall_ms: int
    peak_mb: int
    beside: bool


def measure(kind, grading, config):
    """Run one kind between two honest programs in a fresh container."""
    edge = EDGES[kind]
    limits = replace(LIMITS, **edge.limits)
    with DockerSandbox(config, run_id="edges") as box:
        block = Block("edge", (ADD, edge.program, WRONG), (ADDS,), limits, grading=grading)
        plain = replace(block, programs=(ADD, ADD, WRONG))
        box.run(plain)
        seconds = [run(box, each)[1] for each in (plain, block)]
        result, wall_s = run(box, block)
        peak = box.run(Block("peak", (PEAK,), (case("self.fail(f'peak {max(peak)}')"),), Limits(), details=True))
    beside = result.outcomes[[0, 2], 0].tolist() == [Outcome.PASSED, Outcome.FAILED]
    outcome = Outcome(int(result.outcomes[1, 0])).label
    wall_ms = 1000 * (min(wall_s, seconds[1]) - seconds[0])
    peak_mb = int(peak.details[0, 0].rpartition("peak ")[2].split()[0])
    return Cost(kind, grading, outcome, round(1000 * float(result.cpu_s[1, 0])), max(0, round(wall_ms)), peak_mb, beside)


def run(box, block):
    """Return a block's result and its seconds."""
    started = time.monotonic()
    return box.run(block), time.monotonic() - started


def main():
    """Measure the kinds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="*", default=list(EDGES), choices=list(EDGES), metavar="KIND")
    parser.add_argument("--image", default=SandboxConfig().image)
    options = parser.parse_args()
    config = SandboxConfig(image=options.image)
    costs = [measure(kind, grading, config) for kind in options.only for grading in GRADINGS]
    table = Table(title=f"CPU limit {LIMITS.cpu_s:g} s, memory limit {LIMITS.memory_mb} MiB")
    for column in ("program", "grading", "outcome", "CPU ms", "wall ms", "peak MiB", "pairs beside"):
        table.add_column(column)
    for cost in costs:
        figures = (str(figure) for figure in (cost.cpu_ms, cost.wall_ms, cost.peak_mb))
        table.add_row(cost.kind, cost.grading, cost.outcome, *figures, "unaffected" if cost.beside else "WRONG")
    Console(width=130).print(table)
    for cost in costs:
        print(json.dumps({"benchmark": "edges", **asdict(cost)}))


if __name__ == "__main__":
    main()
