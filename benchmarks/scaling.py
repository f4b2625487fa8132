"""A run on 10, 100 or 1,000 nodes, simulated: the real `Scheduler`, `Conductor`, `Pool` and journal, with workers that only wait.

The clock of the event loop counts this process's own CPU time and jumps over every wait. So the product's own cost counts in full,
that of models and sandboxes is as long as it is said to be, and other work on the machine does not matter. Latencies and the share
of calls that end their worker are parameters. Prints the share of the time in which executors worked, which a calculation predicts
from the cost of an event and the window (docs/scaling.md).
"""

import argparse
import asyncio
import logging
import random
import resource
import selectors
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripted import judged, sampled

from actors.conductor import Conductor
from actors.pool import Pool
from actors.worker import WorkerDied
from coderm.config.loader import parse_config
from coderm.messages.events import Generate, ProblemArrived, Sampled
from coderm.messages.execution import Block, BlockResult
from coderm.messages.problem import Problem
from coderm.scheduling.passes import PassPlan
from coderm.scheduling.scheduler import Scheduler
from coderm.storage.journal import Journal


class JumpingSelector(selectors.DefaultSelector):
    """Does not wait for a timer: it notes how long it would have waited."""

    def __init__(self) -> None:
        super().__init__()
        self.jumped = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout:
            self.jumped += timeout
            timeout = 0.0
        return super().select(timeout)


class JumpingLoop(asyncio.SelectorEventLoop):
    """A loop whose clock runs while this process has the CPU and jumps over waits."""

    def __init__(self) -> None:
        self.clock = JumpingSelector()
        super().__init__(self.clock)

    def time(self) -> float:
        return time.process_time() + self.clock.jumped


@dataclass
class World:
    """What workers cost. request_s: of a request of all texts of a problem; pair_s: of a pair; failures: share of calls under which
    the worker dies; start_s: until another one has taken its place."""

    request_s: float
    pair_s: float
    failures: float
    start_s: float
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    worked_s: float = 0.0
    died: int = 0
    hired: int = 0

    async def spend(self, seconds: float) -> float:
        took = seconds * self.chance.lognormvariate(-0.08, 0.4)
        await asyncio.sleep(took)
        if self.chance.random() < self.failures:
            self.died += 1
            raise WorkerDied("simulated")
        return took


class Engine:
    """Answers every request after its time, however many it has."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def setup(self) -> None:
        await _late(self._world)

    async def close(self) -> None: ...

    async def call(self, method: str, argument: Any) -> Any:
        return 0 if method == "signs" else await self._sampled(argument)

    async def _sampled(self, command: Generate) -> Sampled:
        await self._world.spend(self._world.request_s)
        return sampled(command, tokens=300, prompt_tokens=500)


class Box:
    """An executor: one block at a time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._free = asyncio.Lock()

    async def setup(self) -> None:
        await _late(self._world)

    async def close(self) -> None: ...

    async def call(self, method: str, argument: Any) -> Any:
        return 0 if method == "signs" else await self._judged(argument)

    async def _judged(self, block: Block) -> BlockResult:
        async with self._free:
            took = await self._world.spend(self._world.pair_s * len(block.programs) * len(block.tests))
        self._world.worked_s += took
        return judged(block, took)


async def _late(world: World) -> None:
    """Whoever takes a dead one's place takes its time to come up."""
    world.hired += 1
    if world.died:
        await asyncio.sleep(world.start_s)


def arrivals(count: int) -> Iterator[ProblemArrived]:
    for number in range(count):
        yield ProblemArrived(number, Problem(f"p/{number}", f"Return {number}.", "f", checks=(f"assert f({number}) == 1",)))


async def carry(given: argparse.Namespace, window: int, journal: Journal, world: World) -> float:
    """Carry the run and return its seconds on the loop's clock."""
    config = parse_config(
        {
            "engines": {"main": {"type": "scripted", "path": "none.jsonl"}},
            "policy": {"samples": given.candidates},
            "budget": {"per_problem": given.tests},
            "cluster": {"window": window, "stall_timeout_s": 1e6, "max_retries": 20},
        },
        "benchmark",
    )
    scheduler = Scheduler(config, PassPlan.single([given.tests] * given.problems), "box")
    executors = Pool("executors", lambda: Box(world), given.nodes * given.executors, config.cluster.in_flight, 10**6)
    writers = Pool("engine main", lambda: Engine(world), given.nodes, config.cluster.generator_in_flight, 10**6)
    for pool in (executors, writers):
        await pool.start()
    began = asyncio.get_running_loop().time()
    roles = {"policy": writers, "coderm": writers}
    await Conductor(config, scheduler, arrivals(given.problems), journal, roles, executors).run()
    took = asyncio.get_running_loop().time() - began
    assert scheduler.counters.lost == 0
    for pool in (executors, writers):
        await pool.close()
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=10)
    parser.add_argument("--executors", type=int, default=16, help="a node")
    parser.add_argument("--problems", type=int, default=500)
    parser.add_argument("--candidates", type=int, default=20)
    parser.add_argument("--tests", type=int, default=20)
    parser.add_argument("--window", type=int, nargs="+", default=[64])
    parser.add_argument("--request-s", type=float, default=20.0)
    parser.add_argument("--pair-s", type=float, default=0.02)
    parser.add_argument("--failures", type=float, default=0.0, help="share of calls under which a worker dies")
    parser.add_argument("--start-s", type=float, default=60.0)
    given = parser.parse_args()
    logging.disable()  # of every worker that dies a line
    for window in given.window:
        world = World(given.request_s, given.pair_s, given.failures, given.start_s)
        with tempfile.TemporaryDirectory() as folder, Journal(Path(folder) / "journal.sqlite") as journal:
            cpu = time.process_time()
            with asyncio.Runner(loop_factory=JumpingLoop) as runner:
                took = runner.run(carry(given, window, journal, world))
            cpu = time.process_time() - cpu
        executors = given.nodes * given.executors
        print(
            f"{given.nodes:,} nodes, {executors:,} executors, window {window:,}: {took:,.0f} s, executors worked "
            f"{100 * world.worked_s / took / executors:.1f} %, scheduler {100 * cpu / took:.1f} % of a core, "
            f"{world.died} died, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB"
        )


if __name__ == "__main__":
    main()
