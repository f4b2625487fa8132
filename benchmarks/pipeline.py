"""The wall of a whole run against its longest stage alone, where generation and execution cost the same.

Writers and boxes of this process that only sleep stand in for engines and sandboxes, so the figure is that of the scheduler, the
pools, the journal and the passes: how well generation, execution and allocation overlap. Lengths vary from text to text and from
block to block, by their names. A stage alone takes the seconds of all its work, shared out over all its places.
"""

import argparse
import asyncio
import hashlib
import json
import math
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripted import judged, sampled

from actors.executor import Description
from actors.scheduler import SchedulerActor, WorkerFactory
from coderm.config.loader import parse_config
from coderm.config.schema import RunConfig
from coderm.messages.events import Generate, Sampled
from coderm.messages.execution import Block, BlockResult
from coderm.scheduling.job import Job
from coderm.scheduling.spending import make_budget_schedule

WRITER_PLACES, EXECUTORS = 16, 8


@dataclass
class Stage:
    """Work of one kind: seconds of all of it, and how much of it may run at once."""

    each_s: float
    places: int
    seconds: float = 0.0

    async def work(self, name: str, parts: int) -> float:
        """Sleep as long as `parts` pieces of work of this name take."""
        took = self.each_s * parts * length(name)
        self.seconds += took
        await asyncio.sleep(took)
        return took

    @property
    def alone_s(self) -> float:
        """Seconds of all the work so far, if nothing ever waited."""
        return self.seconds / self.places


def length(name: str) -> float:
    """How long work of this name takes against the mean: log-normal, the same each time."""
    spread = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32
    return math.exp(0.7 * math.sqrt(2) * _probit(spread) - 0.245)


def _probit(share: float) -> float:
    """The inverse of the error function at 2 share - 1, near enough."""
    x = min(max(2 * share - 1, -0.999), 0.999)
    a = math.log(1 - x * x)
    b = 2 / (math.pi * 0.147) + a / 2
    return math.copysign(math.sqrt(math.sqrt(b * b - a / 0.147) - b), x)


class Writer:
    """An engine: any number of requests at once, each as long as its texts."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def setup(self) -> None: ...

    async def close(self) -> None: ...

    async def call(self, method: str, argument: Any) -> Any:
        if method == "describe":
            return {"backend": "pipeline"}
        return 0 if method == "signs" else await self._sampled(argument)

    async def _sampled(self, command: Generate) -> Sampled:
        await self._stage.work(command.command_id, command.request.n)
        return sampled(command, tokens=30, prompt_tokens=100)


class Box:
    """An executor: one block at a time."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._free = asyncio.Lock()

    async def setup(self) -> None: ...

    async def close(self) -> None: ...

    async def call(self, method: str, argument: Any) -> Any:
        if method == "describe":
            return Description("here", "box")
        return await self._judged(argument) if method == "execute" else 0

    async def _judged(self, block: Block) -> BlockResult:
        async with self._free:
            took = await self._stage.work(block.block_id, len(block.programs) * len(block.tests))
        return judged(block, took)


def run(config: RunConfig, folder: Path, writing: Stage, judging: Stage) -> float:
    """Carry the run and return its wall seconds."""
    schedule = make_budget_schedule(config, config_problems(folder))
    workers = WorkerFactory(lambda engine: Writer(writing), lambda *_: Box(judging), judging.places)
    started = time.perf_counter()
    asyncio.run(SchedulerActor(Job("pipeline", folder, config), workers, schedule).run())
    return time.perf_counter() - started


def config_problems(folder: Path) -> int:
    return len((folder / "p.jsonl").read_text().splitlines())


def settings(folder: Path, rounds: int) -> RunConfig:
    return parse_config(
        {
            "problems": {"source": "jsonl", "path": str(folder / "p.jsonl")},
            "engines": {"main": {"type": "scripted", "path": "none.jsonl"}},
            "policy": {"samples": 8},
            "budget": {"per_problem": 8, "rounds": rounds},
            "cluster": {"generator_in_flight": WRITER_PLACES},
        },
        "benchmark",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each stage alone, about")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        rows = [
            {"task_id": f"p/{n}", "question": f"Add {n}.", "entry_point": "f", "checks": ["assert f(0)"]}
            for n in range(given.problems)
        ]
        (folder / "p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        writing = Stage(given.seconds * WRITER_PLACES / (given.problems * 16), WRITER_PLACES)
        judging = Stage(given.seconds * EXECUTORS / (given.problems * (64 + 8 + 16)), EXECUTORS)
        wall = run(settings(folder, given.rounds), folder, writing, judging)
    longest = max(writing.alone_s, judging.alone_s)
    print(f"generation alone {writing.alone_s:.2f} s, execution alone {judging.alone_s:.2f} s, the whole run {wall:.2f} s")
    print(f"wall / longest stage alone: {wall / longest:.3f}")


if __name__ == "__main__":
    main()
