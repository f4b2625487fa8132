"""The scheduler actor: opens the journal, starts the pools, and lets a Conductor run the pure scheduler in its process."""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from actors.admission import Admission
from actors.busy import StageTimer
from actors.conductor import Conductor
from actors.joining import follow
from actors.meter import Sink, measure_to
from actors.notes import Notes
from actors.pool import Pool
from actors.starting import start_all
from actors.worker import Worker
from coderm.arrays import UnitArray
from coderm.config.schema import EngineConfig, RunConfig
from coderm.errors import Interrupted, StorageError
from coderm.logs import get_log, logging_to
from coderm.messages.observations import Observation
from coderm.messages.progress import Counters, Progress
from coderm.scheduling.job import Job
from coderm.scheduling.passes import PassPlan
from coderm.scheduling.scheduler import Scheduler
from coderm.scheduling.spending import BudgetSchedule
from coderm.storage.journal import Journal
from coderm.storage.run_directory import RunDirectory

_log = get_log(__name__)


@dataclass(frozen=True, slots=True)
class WorkerFactory:
    """Makes workers: functions that place one actor each, chosen where Ray is known."""

    spawn_generator: Callable[[EngineConfig], Worker]
    spawn_executor: Callable[[RunConfig, str, Sequence[str]], Worker]
    """With the nodes to avoid."""
    executors: int
    """To begin with."""
    room: Callable[[], int] | None = None
    """Executors that the cluster carries by now; None: their number is fixed."""
    leaving: Callable[[], Collection[str]] | None = None
    """Ids of the nodes that are about to go; None: there is no cluster to follow."""
    sink: Sink | None = None
    """Where the metrics of the run go."""


class SchedulerActor:
    """Runs one job, pass after pass as `schedule` has it."""

    def __init__(self, job: Job, workers: WorkerFactory, schedule: BudgetSchedule) -> None:
        self._job = job
        self._workers = workers
        self._schedule = schedule
        self._stage, self._since = "starting", time.monotonic()
        self._starts = StageTimer(time.monotonic)
        self._conductor: Conductor | None = None
        self._task: asyncio.Task[Progress] | None = None
        self._pools: list[Pool] = []
        self._notes = Notes()

    async def run(self) -> Progress:
        """Carry the job to its end and return the last progress; everything started here is closed here."""
        self._task = asyncio.create_task(self._run())
        try:
            return await asyncio.shield(self._task)
        except asyncio.CancelledError:
            raise Interrupted("the run was stopped; the same command resumes") from None

    async def finish(self) -> None:
        """Begin nothing new, let what runs end and be written down; then the run ends as interrupted."""
        if self._conductor is None:
            await self.stop()
        for pool in self._pools:
            pool.refuse(Interrupted("the run was stopped after what was under way; the same command resumes"))

    async def stop(self) -> None:
        """Cancel the run and wait until its actors are closed."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> Progress:
        config = self._job.config
        _check_there(self._job.directory)
        async with contextlib.AsyncExitStack() as stack:
            stack.enter_context(logging_to(self._job.log("scheduler")))
            measure_to(self._workers.sink)
            journal = stack.enter_context(Journal(RunDirectory(self._job.directory).journal))
            finished = journal.finished_positions()
            if len(finished) == self._schedule.problems:
                return Progress(Counters(problems=len(finished), problems_done=len(finished)), "done", done=True)
            admission = Admission(notes=self._notes)
            spawn = partial(self._spawn_executor, admission)
            executors = Pool("executors", spawn, self._workers.executors, config.cluster.in_flight, admission=admission)
            stack.push_async_callback(executors.close)
            generators = self._generator_pools(stack)
            self._pools = [executors, *generators.values()]
            environment = await start_all(executors, admission, generators, self._starts)
            stack.push_async_callback(self._following(executors))
            journal.set_fact("executors", str(self._workers.executors))
            journal.set_fact("starts", json.dumps(self._starts.seconds()))
            journal.set_fact("engines", json.dumps({name: await pool.ask_all("describe") for name, pool in generators.items()}))
            if journal.judge_in(environment):  # in a sandbox built anew all pairs run again; generated texts stay as they are
                _log.warning("results of another sandbox dropped", environment=environment)
            await self._run_passes(journal, journal.finished_positions(), environment, self._roles(generators), executors)
            self._enter("closing")
            assert self._conductor is not None
            return replace(self._conductor.progress("done", done=True), notes=self._notes.texts())

    async def _run_passes(
        self, journal: Journal, finished: frozenset[int], environment: str, generators: dict[str, Pool], executors: Pool
    ) -> None:
        """Go over the problems as often as the schedule has it; between two passes the next round is allotted."""
        units: list[UnitArray] = []
        survey: list[Observation] = []
        votes: list[Observation] = []
        for number in range(self._schedule.passes):
            if number and self._schedule.dry:
                return
            for _ in range(self._schedule.rounds_before(number)):
                units.append(await self._allot(journal, survey, votes, units))
            plan = self._schedule.pass_plan(number, units)
            done = finished if plan.final else journal.observed(number)
            scheduler = Scheduler(self._job.config, plan, environment)
            scheduler.counters.problems_done = len(done)
            arrivals = self._job.arrivals(done)
            pools = generators, executors
            self._conductor = Conductor(self._job.config, scheduler, arrivals, journal, *pools, notes=self._notes)
            self._enter(self._stage_name(plan))
            _log.info("pass started", stage=self._stage, finished=len(done))
            await self._conductor.run()
            retries, lost = scheduler.counters.retries, scheduler.counters.lost
            _log.info("pass finished", stage=self._stage, replayed=scheduler.counters.replayed, retries=retries, lost=lost)
            if not plan.final:
                seen = journal.observations(number)
                survey, votes = (seen, votes) if plan.survey else (survey, seen)

    async def _allot(
        self, journal: Journal, survey: list[Observation], votes: list[Observation], units: list[UnitArray]
    ) -> UnitArray:
        """Decide a round in a thread, since a million problems take a second, and write it down."""
        self._enter("allocating")
        started = time.monotonic()
        allotment = await asyncio.to_thread(self._schedule.allot, survey, votes, units)
        journal.allot(len(units), allotment.by_problem())
        spent = float(journal.fact("allocation_s") or 0.0) + time.monotonic() - started
        journal.set_fact("allocation_s", str(spent))
        return allotment.units

    def _enter(self, stage: str) -> None:
        self._stage, self._since = stage, time.monotonic()

    def _stage_name(self, plan: PassPlan) -> str:
        if plan.of == 1:
            return "running"
        return "surveying" if plan.survey else f"round {len(plan.rounds)} of {self._schedule.config.rounds}"

    async def progress(self) -> Progress:
        """How far the job is; answers while it runs."""
        if self._conductor is None:
            progress = Progress(Counters(problems=self._schedule.problems), self._stage, starting=self._starts.under_way())
        else:
            await self._conductor.look()
            progress = self._conductor.progress(self._stage)
        return replace(progress, stage_s=time.monotonic() - self._since, notes=self._notes.texts())

    def _spawn_executor(self, admission: Admission) -> Worker:
        return self._workers.spawn_executor(self._job.config, self._job.run_id, admission.avoided())

    def _following(self, executors: Pool) -> Callable[[], Awaitable[None]]:
        """Follow the cluster's nodes as they come and go, until what is returned is awaited."""
        if self._workers.leaving is None:
            return _nothing
        task = asyncio.create_task(follow(executors, self._workers.room, self._workers.leaving))

        async def end() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        return end

    def _generator_pools(self, stack: contextlib.AsyncExitStack) -> dict[str, Pool]:
        pools = {}
        for name, engine in self._job.engines().items():
            size = getattr(engine, "replicas", 1)
            in_flight = self._job.config.cluster.generator_in_flight
            pools[name] = Pool(f"engine {name}", lambda engine=engine: self._workers.spawn_generator(engine), size, in_flight)  # type: ignore[misc]
            stack.push_async_callback(pools[name].close)
        return pools

    def _roles(self, pools: dict[str, Pool]) -> dict[str, Pool]:
        """Pool of each role; `features` is the engine that runs the probe's model, or any where none does."""
        needed = self._job.roles()
        roles: dict[str, Pool] = {role: pools[name] for role, name in needed.items()}
        if self._schedule.surveyed:
            wanted = self._schedule.states_model
            named = [name for name in needed.values() if getattr(self._job.config.engines[name], "model", "") == wanted]
            roles["features"] = pools[(named or list(needed.values()))[0]]
        return roles


def _check_there(directory: Path) -> None:
    """Raise StorageError where the driver sees a directory that this process does not, as when Ray runs in a container."""
    if not directory.is_dir():
        seen = f"the driver sees it, a process that Ray started on its node ({socket.gethostname()}) does not"
        raise StorageError(f"{directory}: {seen}; give --out a directory that both see, or start Ray where the driver runs")


async def _nothing() -> None:
    """End nothing."""
