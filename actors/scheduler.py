"""The scheduler actor: opens the journal, starts the pools, and lets a Conductor run the pure scheduler in its process."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from actors.conductor import Conductor
from actors.pool import Pool
from actors.worker import Worker
from coderm.config import EngineConfig, RunConfig
from coderm.errors import EngineError, Interrupted
from coderm.job import Job
from coderm.journal import Journal
from coderm.progress import Counters, Progress
from coderm.scheduler import Scheduler


@dataclass(frozen=True, slots=True)
class Staff:
    """How workers are hired: functions that place one actor each, chosen where Ray is known."""

    spawn_generator: Callable[[EngineConfig], Worker]
    spawn_executor: Callable[[RunConfig, str], Worker]
    executors: int


class SchedulerActor:
    """Runs one job. `units` holds the tests allotted per problem."""

    def __init__(self, job: Job, staff: Staff, units: Sequence[int]) -> None:
        self._job = job
        self._staff = staff
        self._units = units
        self._stage = "starting"
        self._conductor: Conductor | None = None
        self._task: asyncio.Task[Progress] | None = None

    async def run(self) -> Progress:
        """Carry the job to its end and return the last progress; everything started here is closed here."""
        self._task = asyncio.create_task(self._run())
        try:
            return await asyncio.shield(self._task)
        except asyncio.CancelledError:
            raise Interrupted("the run was stopped; the same command resumes") from None

    async def stop(self) -> None:
        """Cancel the run and wait until its actors are closed."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> Progress:
        config = self._job.config
        async with contextlib.AsyncExitStack() as stack:
            journal = stack.enter_context(Journal(self._job.directory / "journal.sqlite"))
            settled = journal.settled()
            if len(settled) == len(self._units):
                return Progress(Counters(problems=len(settled), problems_done=len(settled)), "done", done=True)
            executors = Pool("executors", self._spawn_executor, self._staff.executors, config.cluster.in_flight)
            stack.push_async_callback(executors.close)
            generators = self._generator_pools(stack)
            self._stage = "starting executors"
            await executors.start()
            environment = await self._proved(executors)
            self._stage = "starting engines"
            for pool in generators.values():
                await pool.start()
            journal.set_fact("engines", json.dumps({name: await pool.ask_all("describe") for name, pool in generators.items()}))
            if journal.fact("environment") not in (None, environment):
                settled = frozenset()  # the sandbox was built anew: run all pairs in it; generated texts stay as they are
            journal.set_fact("environment", environment)
            scheduler = Scheduler(config, self._units, environment)
            scheduler.counters.problems_done = len(settled)
            arrivals = self._job.arrivals(settled)
            self._conductor = Conductor(config, scheduler, arrivals, journal, self._roles(generators), executors)
            self._stage = "running"
            await self._conductor.run()
            self._stage = "closing"
            return self._conductor.progress("done", done=True)

    async def progress(self) -> Progress:
        """Look at the job; answers while it runs."""
        if self._conductor is None:
            return Progress(Counters(problems=len(self._units)), self._stage)
        return self._conductor.progress(self._stage)

    async def _proved(self, executors: Pool) -> str:
        """Prove the sandbox once per node and return what verdicts depend on; all nodes must judge alike.

        Raises EngineError when a limit does not hold on a node, or when nodes hold different sandbox images.
        """
        self._stage = "proving sandboxes"
        described = await executors.ask_all("describe")
        environments = sorted({description.environment for description in described})
        if len(environments) > 1:
            named = ", ".join(environments)
            raise EngineError(f"the nodes hold different sandbox images ({named}); run `make image` on all of them")
        await executors.ask_one_each("prove", [description.node for description in described])
        return str(environments[0])

    def _spawn_executor(self) -> Worker:
        return self._staff.spawn_executor(self._job.config, self._job.run_id)

    def _needed(self) -> dict[str, str]:
        """Engine name of each role that has anything to generate."""
        config = self._job.config
        roles = {"policy": config.policy.engine} if self._job.candidates is None else {}
        return roles if self._job.tests is not None else roles | {"coderm": config.coderm.engine}

    def _generator_pools(self, stack: contextlib.AsyncExitStack) -> dict[str, Pool]:
        pools = {}
        for name in sorted(set(self._needed().values())):
            engine = self._job.config.engines[name]
            size = getattr(engine, "replicas", 1)
            in_flight = self._job.config.cluster.generator_in_flight
            pools[name] = Pool(f"engine {name}", lambda engine=engine: self._staff.spawn_generator(engine), size, in_flight)  # type: ignore[misc]
            stack.push_async_callback(pools[name].close)
        return pools

    def _roles(self, pools: dict[str, Pool]) -> dict[str, Pool]:
        return {role: pools[name] for role, name in self._needed().items()}
