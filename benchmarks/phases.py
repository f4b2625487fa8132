"""Where a call of one program with 16 tests spends its time on an idle service: layers, measured in turn and taken from each other.

    python benchmarks/phases.py [--calls N] [--image NAME]

| layer | how |
|---|---|
| HTTP | `GET /health`: connection, Serve's proxy, the replica |
| the service | a call whose pairs are all known, less HTTP: its body, reading, admission, the scoring actor, rewards |
| a block | one program and one test in a box of this process: its frames, the fork, the program, the kill and the wipe |
| the tests | 16 tests there, less a block |
| the way to an executor | a new program, less all of the above: two hops between actors, and what waits for a CPU |

Medians, milliseconds. Each round asks all of them once, so that other work on the machine burdens all alike. Prints a table and one
JSON line.
"""

import argparse
import asyncio
import json
import os
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
from batch import Item, function_items
from rich.console import Console
from rich.table import Table
from serve import Service, call, connected, one_program

from coderm.config.schema import SandboxConfig
from coderm.messages.execution import Block, Limits
from coderm.messages.scoring import UnitTests
from coderm.sandbox.base import Sandbox
from coderm.sandbox.factory import make_sandbox

FIRST = 5
"""Rounds that do not count: imports, connections, caches of code."""


def milliseconds(action: Callable[[], object]) -> float:
    """How long an action takes."""
    began = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - began)


def block_of(item: Item, number: int, tests: int) -> Block:
    """A block of one program, never sent before, and the first tests."""
    assert isinstance(item.suite, UnitTests)
    return Block(
        f"b{number}", one_program(item, f"box {number}").programs, item.suite.tests[:tests], Limits(row_timeouts=1), "isolated"
    )


async def rounds(service: Service, box: Sandbox, item: Item, number: int) -> dict[str, float]:
    """Measure every layer `number` times; medians."""
    took: defaultdict[str, list[float]] = defaultdict(list)

    async def timed(name: str, work: Any) -> None:
        began = time.perf_counter()
        await work
        took[name].append(1000 * (time.perf_counter() - began))

    async with connected(service) as client:
        for place in range(FIRST + number):
            await timed("health", client.get("/health"))
            await timed("known", call(client, [one_program(item, "the same")]))
            await timed("new", call(client, [one_program(item, f"round {place}", place % 8)]))
            for name, tests in (("one", 1), ("all", len(item.suite))):
                block = block_of(item, 2 * place + (name == "all"), tests)
                took[name].append(milliseconds(lambda block=block: box.run(block)))  # type: ignore[misc]
    return {name: float(np.median(times[FIRST:])) for name, times in took.items()}


def layers(medians: dict[str, float]) -> dict[str, float]:
    """Each layer by itself."""
    known, tests = medians["known"], medians["all"]
    return {
        "HTTP": medians["health"],
        "the service": known - medians["health"],
        "a block": medians["one"],
        "the tests": tests - medians["one"],
        "the way to an executor": medians["new"] - known - tests,
        "the whole call": medians["new"],
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", default=os.environ.get("CODERM__SANDBOX__IMAGE", "coderm-sandbox"), help="sandbox image")
    parser.add_argument("--calls", type=int, default=60, help="rounds")
    options = parser.parse_args()
    item = function_items(looping=False)[0]
    service = Service(0, options.image, 262_144)
    service.start()
    try:
        with make_sandbox(SandboxConfig(image=options.image), run_id="bench") as box:
            found = layers(asyncio.run(rounds(service, box, item, options.calls)))
    finally:
        service.stop()
    table = Table("layer", "ms", title="one program, 16 tests, idle service")
    for name, ms in found.items():
        table.add_row(name, f"{ms:.1f}")
    Console(width=120).print(table)
    print(json.dumps({"benchmark": "phases", "ms": found}))


if __name__ == "__main__":
    main()
