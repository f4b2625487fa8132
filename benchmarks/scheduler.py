"""Events a second through `Scheduler` and `Conductor`, journal included, and whether memory stays flat; no model, no box, no Ray.

Problems are streamed: every one has its candidates and tests written by workers that answer at once with texts of their own, and
judged by workers that answer that everything passes. So what is measured is the product's own cost per event: the state machine,
the pools, the journal's rows. An event is a problem that arrives or a command that is answered.

Resident memory is read every 1,000 problems, and a line through it told: MB per 10,000 problems after the first fifth.
`--cluster` also measures, in the same run, how many calls a second Ray's actors answer by themselves and through a `Pool`.
"""

import argparse
import asyncio
import cProfile
import pstats
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scripted import judged, sampled

from actors.conductor import Conductor
from actors.pool import Pool
from coderm.config.loader import parse_config
from coderm.messages.events import ProblemArrived
from coderm.messages.problem import Problem
from coderm.scheduling.passes import PassPlan
from coderm.scheduling.scheduler import Scheduler
from coderm.storage.journal import Journal

SETTINGS = {
    "engines": {"main": {"type": "scripted", "path": "none.jsonl"}},
    "policy": {"samples": 4},
    "budget": {"per_problem": 4},
}


class Scripted:
    """Answers at once: texts that differ, and verdicts that all are the same."""

    async def setup(self) -> None: ...

    async def close(self) -> None: ...

    async def call(self, method: str, argument: Any) -> Any:
        if method == "sample":
            return sampled(argument, tokens=30, prompt_tokens=100)
        if method == "signs":
            return 0
        return judged(argument, 0.01)


def arrivals(count: int, looks: list[tuple[int, float]]) -> Iterator[ProblemArrived]:
    """Problems, made as they are asked for; every thousandth time memory is looked at."""
    for number in range(count):
        if number % 1000 == 0:
            looks.append((number, resident_mb()))
        check = f"assert f({number}) == {number}"
        yield ProblemArrived(number, Problem(f"p/{number}", f"Return {number} and more.", "f", checks=(check,)))


def resident_mb() -> float:
    """Resident memory of this process, MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


async def stream(count: int, journal: Journal, looks: list[tuple[int, float]], canaries: int) -> int:
    """Carry `count` problems to their end and return the events."""
    config = parse_config(SETTINGS | {"sandbox": {"canaries": canaries}}, "benchmark")
    scheduler = Counting(config, PassPlan.single([4] * count), "box")
    executors = Pool("executors", Scripted, 8, 2)
    writers = Pool("engine main", Scripted, 2, 256)
    for pool in (executors, writers):
        await pool.start()
    conductor = Conductor(config, scheduler, arrivals(count, looks), journal, {"policy": writers, "coderm": writers}, executors)
    await conductor.run()
    for pool in (executors, writers):
        await pool.close()
    return scheduler.events


class Echo:
    """What an actor answers at once."""

    async def setup(self) -> None: ...

    async def close(self) -> None: ...

    async def echo(self, argument: Any) -> Any:
        return argument


async def calls(count: int, at_once: int, call: Callable[[int], Awaitable[Any]]) -> float:
    """Make `count` calls, so many at once, and return how many a second were answered."""
    left = iter(range(count))

    async def caller() -> None:
        for number in left:
            await call(number)

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(at_once)))
    return count / (time.perf_counter() - started)


async def through_ray(count: int, actors: int, at_once: int) -> tuple[float, float]:
    """Calls a second that Ray's actors answer, by themselves and through a pool of the same number, taking turns."""
    import ray

    from actors.worker import RayWorker

    make = ray.remote(Echo).options(num_cpus=0, max_concurrency=at_once).remote
    handles = [make() for _ in range(actors)]
    pool = Pool("echo", lambda: RayWorker(make()), actors, at_once)
    await pool.start()
    bare, pooled = [], []
    for _ in range(3):
        bare.append(await calls(count, at_once, lambda number: handles[number % actors].echo.remote(number)))
        pooled.append(await calls(count, at_once, lambda number: pool.call("echo", number)))
    await pool.close()
    return max(bare), max(pooled)


def measure_ray(count: int) -> None:
    import ray

    from cluster.connect import connected

    with connected("ray"):
        bare, pooled = asyncio.run(through_ray(count, 2, 64))
        ray.shutdown()
    print(f"Ray's actors answer {bare:,.0f} calls/s, through a Pool {pooled:,.0f}: {100 * pooled / bare:.0f} %")


class Counting(Scheduler):
    """Counts the events it is given."""

    events = 0

    def handle(self, event: Any) -> list[Any]:
        self.events += 1
        return super().handle(event)


def slope(looks: list[tuple[int, float]]) -> float:
    """MB per 10,000 problems, once the window has filled."""
    kept = looks[len(looks) // 5 :]
    return float(np.polyfit([number / 10_000 for number, _ in kept], [mb for _, mb in kept], 1)[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", type=int, default=10_000)
    parser.add_argument("--canaries", type=int, default=2, help="sandbox.canaries")
    parser.add_argument("--cluster", type=int, default=0, metavar="CALLS", help="also measure Ray's own calls a second")
    parser.add_argument("--profile", action="store_true", help="print the functions that took longest")
    given = parser.parse_args()
    looks: list[tuple[int, float]] = []
    with tempfile.TemporaryDirectory() as folder, Journal(Path(folder) / "journal.sqlite") as journal:
        profiler = cProfile.Profile()
        started, cpu = time.perf_counter(), time.process_time()
        if given.profile:
            profiler.enable()
        events = asyncio.run(stream(given.problems, journal, looks, given.canaries))
        profiler.disable()
        wall, cpu = time.perf_counter() - started, time.process_time() - cpu
        size = (Path(folder) / "journal.sqlite").stat().st_size
    print(f"{given.problems:,} problems, {events:,} events: {events / wall:,.0f} events/s of wall, {events / cpu:,.0f} of CPU")
    print(f"{1e6 * cpu / events:.1f} us of CPU an event; journal {size / given.problems / 1e3:.1f} KB a problem")
    if len(looks) > 5:
        print(f"memory {looks[0][1]:.0f} to {looks[-1][1]:.0f} MB, slope {slope(looks):+.2f} MB per 10,000 problems")
    if given.cluster:
        measure_ray(given.cluster)
    if given.profile:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(45)


if __name__ == "__main__":
    main()
