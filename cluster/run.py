"""Takes one job from its checked input to a finished run directory, and leaves nothing behind however it ends."""

import contextlib
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from cluster.connect import connected
from cluster.deploy import deploy_scheduler
from cluster.display import Show, display
from cluster.inputs import Inputs, check_inputs
from cluster.packages import pinned
from cluster.placement import place_executors
from coderm.config.schema import RunConfig
from coderm.errors import ClusterError, CodeRMError, ConfigError, EngineError, StorageError
from coderm.logs import get_log, logging_to
from coderm.messages.progress import Progress
from coderm.report.summary import write_outputs
from coderm.sandbox.containers.sweep import sweep
from coderm.scheduling.job import Job
from coderm.scheduling.roles import NO_FILES, UserFiles
from coderm.scheduling.spending import Allotment, BudgetSchedule, make_budget_schedule
from coderm.storage.journal import Journal
from coderm.storage.run_directory import RunDirectory

_log = get_log(__name__)
POLL_S = 0.5
"""Between two questions to the scheduler; far below what a person notices, far above what an answer costs."""
POLL_TIMEOUT_S = 30.0
"""Longest wait for one answer; a busy scheduler answers late, a dead one ends the run through its own reference."""


def run_job(config: RunConfig, out: Path, files: UserFiles = NO_FILES) -> dict[str, Any]:
    """Run a job in `out` and return its summary; an interrupted or failed run resumes from the same directory.

    Raises InputError before anything is started, InfrastructureError naming the remedy, KeyboardInterrupt as it comes.
    """
    job, inputs, schedule = _prepare(config, out, files)
    with _run_in_directory(job, inputs, schedule) as directory:
        summary = write_outputs(directory, config, len(inputs.task_ids))
        _log.info("files written", **{name: summary[name] for name in ("problems", "unfinished", "pairs", "lost")})
        return summary


def plan_job(config: RunConfig, out: Path, files: UserFiles = NO_FILES) -> tuple[tuple[str, ...], Allotment]:
    """Decide the first round of a job and return the ids of its problems and the allotment; no test is written.

    Where the gain model reads features, candidates are sampled and looked at in `out`, and a run in `out` goes on from there.
    """
    job, inputs, schedule = _prepare(config, out, files)
    if schedule.given:
        raise ConfigError("--dry-run: the tests are given, so there is no budget to plan")
    if not schedule.surveyed:
        return inputs.task_ids, schedule.allot([], [], [])
    with (
        _run_in_directory(job, inputs, replace(schedule, dry=True)) as directory,
        Journal(directory.journal, readonly=True) as journal,
    ):
        return inputs.task_ids, schedule.allot(journal.observations(0), [], [])


def _prepare(config: RunConfig, out: Path, files: UserFiles) -> tuple[Job, Inputs, BudgetSchedule]:
    """Check everything that the job reads; starts and writes nothing."""
    job = Job(uuid.uuid4().hex[:12], out.absolute(), config, files.absolute())
    inputs = check_inputs(config, job.files)
    return job, inputs, make_budget_schedule(config, len(inputs.task_ids), job.files)


@contextlib.contextmanager
def _run_in_directory(job: Job, inputs: Inputs, schedule: BudgetSchedule) -> Iterator[RunDirectory]:
    """Run the job, then hold and yield its directory for whoever reads it."""
    started = time.monotonic()
    directory = RunDirectory(job.directory)
    with directory.claimed(inputs.identity, job.config.model_dump(mode="json")), logging_to(job.log("driver")), _log_outcome():
        try:
            _run_on_cluster(job, schedule)
        finally:
            _record_wall(directory, started)
        yield directory


@contextlib.contextmanager
def _log_outcome() -> Iterator[None]:
    """Log how the run ended."""
    started = time.monotonic()
    try:
        yield
    except BaseException as error:
        _log.error("run ended", error=error, seconds=time.monotonic() - started)
        raise
    _log.info("run finished", seconds=time.monotonic() - started)


def _run_on_cluster(job: Job, schedule: BudgetSchedule) -> None:
    with Journal(RunDirectory(job.directory).journal) as journal:
        journal.check()
        journal.set_fact("problems", str(schedule.problems))
        finished = len(journal.finished_positions())
        _log.info("run resumed" if journal.has_answers() else "run started", problems=schedule.problems, finished=finished)
        if finished == schedule.problems:
            return  # nothing to do: neither Ray nor a sandbox is started
    job = replace(job, config=pinned(job.config, RunDirectory(job.directory)))
    with connected(job.config.cluster.address) as resources, contextlib.ExitStack() as stack:
        stack.callback(_sweep_containers, job)
        executors = place_executors(job.config.cluster, resources, list(job.engines().values()))
        _log.info("cluster joined", cpus=resources.get("CPU", 0), gpus=resources.get("GPU", 0), executors=executors.count)
        scheduler = deploy_scheduler(job, schedule, executors)
        stack.callback(_stop_scheduler, scheduler)
        with display() as show:
            _wait(scheduler, show)


def _wait(scheduler: Any, show: Show) -> None:
    """Wait for the scheduler, looking at its progress; raises what it raised."""
    import ray

    result = scheduler.run.remote()
    while not ray.wait([result], timeout=POLL_S)[0]:
        with contextlib.suppress(ray.exceptions.GetTimeoutError, ray.exceptions.RayActorError):
            show(ray.get(scheduler.progress.remote(), timeout=POLL_TIMEOUT_S))
    show(_outcome(lambda: ray.get(result)))


def _outcome(get: Callable[[], Progress]) -> Progress:
    import ray

    try:
        return get()
    except ray.exceptions.RayTaskError as error:
        cause = getattr(error, "cause", None)
        raise cause if isinstance(cause, CodeRMError) else ClusterError(f"the scheduler failed: {error}") from None
    except ray.exceptions.RayActorError as error:
        raise ClusterError(f"the scheduler died: {str(error).splitlines()[0]}; run the same command to resume") from None


def _stop_scheduler(scheduler: Any) -> None:
    """Let the scheduler close its actors, then kill it; its actors die with it in any case."""
    import ray

    with contextlib.suppress(ray.exceptions.RayError):
        ray.get(scheduler.stop.remote(), timeout=POLL_TIMEOUT_S)
    ray.kill(scheduler)


def _sweep_containers(job: Job) -> None:
    if job.config.sandbox.type == "docker":
        with contextlib.suppress(EngineError):
            sweep()


def _record_wall(directory: RunDirectory, started: float) -> None:
    with contextlib.suppress(StorageError):  # such as a full disk's, which is told already
        if not directory.journal.exists():
            return
        with Journal(directory.journal) as journal:
            earlier = float(journal.fact("wall") or 0.0)
            journal.set_fact("wall", str(earlier + time.monotonic() - started))
