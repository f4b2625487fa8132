"""A run killed at random moments, again and again: the same command ends with the same results, and repeats what was in flight.

A driver that dies leaves its journal as it is and nothing else, so a run that is dropped between two events of its loop stands for
it; the code is the run's own, workers are of this process. `make faults` kills real ones.
"""

import asyncio
import random

import pytest
from builders import a_config, arrivals, plain
from crew import Crew

from actors.conductor import Conductor
from actors.pool import Pool
from actors.worker import WorkerDied
from coderm.errors import SandboxLost, StorageError
from coderm.scheduling.passes import PassPlan
from coderm.scheduling.scheduler import Scheduler
from coderm.storage.journal import Journal

CONFIG = a_config(policy={"samples": 4}, budget={"per_problem": 4}, sandbox={"block_pairs": 3}, cluster={"window": 2})
PROBLEMS, WORKERS, CALLS = 3, 2, 2
IN_FLIGHT = 2 * WORKERS * CALLS
"""Most calls under way in the two pools."""


class Ends(Exception):
    """The driver dies."""


async def carry(path, crew, dies_after=None):
    """Run or resume; die after so many turns of the loop. Raises Ends then."""
    with Journal(path / "journal.sqlite") as journal:
        pools = [Pool(name, crew.spawn, WORKERS, CALLS, pause_s=0.0) for name in ("engine", "executors")]
        events = [event for event in arrivals(PROBLEMS) if event.index not in journal.finished_positions()]
        scheduler = Scheduler(CONFIG, PassPlan.single([4] * PROBLEMS), "box")
        conductor = Conductor(CONFIG, scheduler, iter(events), journal, {"policy": pools[0], "coderm": pools[0]}, pools[1])
        for pool in pools:
            await pool.start()
        running = asyncio.create_task(conductor.run())
        try:
            for _ in range(dies_after if dies_after is not None else 100_000):
                if running.done():
                    break
                await asyncio.sleep(0)
            if not running.done():
                raise Ends
            running.result()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            for pool in pools:
                await pool.close()


def results(path):
    with Journal(path / "journal.sqlite", readonly=True) as journal:
        return [plain(result) for result in journal.results()]


@pytest.fixture(scope="module")
def right(tmp_path_factory):
    path = tmp_path_factory.mktemp("right")
    crew = Crew()
    asyncio.run(carry(path, crew))
    return results(path), set(crew.attempts)


@pytest.mark.parametrize("seed", range(100))
def test_a_run_that_is_killed_at_random_ends_as_one_that_is_not(tmp_path, right, seed):
    dice = random.Random(seed)
    deaths = dice.randint(0, 3)
    unlucky = {name for name in sorted(right[1]) if dice.random() < 0.15}
    crew = Crew(trouble=lambda name, attempt: WorkerDied("node gone") if name in unlucky and attempt == 1 else None)
    killed = 0
    for moment in (dice.randint(1, 120) for _ in range(deaths)):
        try:
            asyncio.run(asyncio.wait_for(carry(tmp_path, crew, moment), 30))
        except Ends:
            killed += 1
    asyncio.run(asyncio.wait_for(carry(tmp_path, crew), 30))
    assert results(tmp_path) == right[0]
    assert set(crew.attempts) == right[1], "no command but those of an undisturbed run"
    repeated = sum(crew.attempts.values()) - len(crew.attempts)
    assert repeated <= killed * IN_FLIGHT + len(unlucky & set(crew.attempts))


def test_a_scheduler_that_lives_on_beside_its_successor_changes_nothing_any_more(tmp_path, right):
    """A node that is cut off goes on with its run; the driver that was started again has the journal."""

    async def both():
        held = asyncio.Event()

        async def late():
            await held.wait()
            raise SandboxLost("late")

        crew = Crew(trouble=lambda name, attempt: late() if "|tests|" in name and attempt == 1 else None)
        former = asyncio.create_task(carry(tmp_path, crew))
        while not any("|tests|" in name for name in crew.attempts):
            await asyncio.sleep(0)
        successor = Crew()
        await carry(tmp_path, successor)
        held.set()
        with pytest.raises(StorageError, match="another process has taken this file over"):
            await former

    asyncio.run(asyncio.wait_for(both(), 30))
    assert results(tmp_path) == right[0]
