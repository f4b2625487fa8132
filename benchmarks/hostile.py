"""Hostile programs among as many honest ones through one container: verdicts, losses, memory. See tests/sandbox/exploits/.

Prints a table and one JSON line per grading. `python benchmarks/hostile.py --each 1000`.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from coderm.config.schema import SandboxConfig
from coderm.errors import SandboxLost
from coderm.sandbox.containers.container import DockerSandbox

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "sandbox"))

from exploits.bench import SUPPORTED, config
from exploits.crowd import BURDENS, Tally, run_crowd


def measure(each, grading, image, seed, pool=()):
    """Run one crowd; return its figures."""
    started, lost, tally = time.monotonic(), 0, Tally()
    with DockerSandbox(config(image), run_id="hostile") as box:
        try:
            for tally in run_crowd(box, seed, each * max(1, len(pool)), each, grading, pool):  # noqa: B007 - the last one counts
                pass
        except SandboxLost as error:
            lost = 1
            sys.stderr.write(f"lost: {error.message}\n")
    return {
        "grading": grading,
        "hostile": tally.hostile,
        "honest": tally.honest,
        "wrong_verdicts": len(tally.wrong),
        "wrong_honest_verdicts": sum(item.startswith("honest") for item in tally.wrong),
        "fallbacks": tally.fallbacks,
        "containers_lost": lost,
        "memory_first_mb": tally.memory_mb[0],
        "memory_last_mb": tally.memory_mb[-1],
        "memory_most_mb": max(tally.memory_mb),
        "seconds": round(time.monotonic() - started, 1),
        "wrong": tally.wrong[:10],
    }


def main():
    """Measure each grading."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--each", type=int, default=200, help="hostile programs, and as many honest ones")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--grading", choices=SUPPORTED, action="append", help="measure this grading only")
    parser.add_argument("--image", default=SandboxConfig().image)
    parser.add_argument(
        "--burdens", action="store_true", help="so many sleepers, forkers and allocators each, instead of all exploits"
    )
    options = parser.parse_args()
    pool = BURDENS if options.burdens else ()
    rows = [measure(options.each, grading, options.image, options.seed, pool) for grading in options.grading or SUPPORTED]
    table = Table(title=f"{options.each} hostile programs among {options.each} honest ones")
    table.add_column("")
    for row in rows:
        table.add_column(row["grading"], justify="right")
    for key in rows[0]:
        if key not in ("grading", "wrong"):
            table.add_row(key.replace("_", " "), *(str(row[key]) for row in rows))
    Console().print(table)
    for row in rows:
        print(json.dumps({"benchmark": "hostile", **row}))


if __name__ == "__main__":
    main()
