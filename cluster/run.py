"""Takes one job from its checked input to a finished run directory, and leaves nothing behind however it ends."""

import contextlib
import json
import os
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from cluster.alone import does_alone, scheduler_here
from cluster.display import Show, display
from cluster.inputs import Inputs, check_inputs
from cluster.packages import pinned
from cluster.stopping import first_interrupt
from coderm.config.schema import RunConfig
from coderm.errors import ConfigError, StorageError
from coderm.logs import get_log, logging_to
from coderm.messages.progress import Progress
from coderm.report.live.progress_file import noted
from coderm.report.loggers.logging_run import LoggedRun, make_loggers
from coderm.report.summary import load_libraries, write_outputs
from coderm.sandbox.containers.sweep import sweep_in_passing
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


class RunningScheduler(Protocol):
    """The scheduler of a job, wherever it is."""

    def ended(self, timeout_s: float) -> bool:
        """Start the run if it is not, wait for its end at most so long, and tell whether it has ended."""

    def progress(self, timeout_s: float) -> Progress | None:
        """How far the run is; None when it cannot tell in time."""

    def finish(self) -> None:
        """Begin nothing new, and end once what runs has ended; does not wait."""

    def outcome(self) -> Progress:
        """The last progress of a run that has ended; raises what ended it."""


def run_job(config: RunConfig, out: Path, files: UserFiles = NO_FILES) -> dict[str, Any]:
    """Run a job in `out` and return its summary; an interrupted or failed run resumes from the same directory.

    Raises InputError before anything is started, InfrastructureError naming the remedy, KeyboardInterrupt as it comes.
    """
    began = time.monotonic()
    job, inputs, schedule = _prepare(config, out, files)
    read = time.monotonic()
    logged = LoggedRun(make_loggers(config.loggers), lambda line: print(line, file=sys.stderr))
    with _run_in_directory(job, inputs, schedule, logged) as directory:
        ran = time.monotonic()
        summary = write_outputs(directory, config, len(inputs.task_ids))
        _record_frame(directory, {"input": read - began, "files": time.monotonic() - ran})
        logged.finish(summary)
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
        _run_in_directory(job, inputs, replace(schedule, dry=True), LoggedRun({}, print)) as directory,
        Journal(directory.journal, readonly=True) as journal,
    ):
        return inputs.task_ids, schedule.allot(journal.observations(0), [], [])


def _prepare(config: RunConfig, out: Path, files: UserFiles) -> tuple[Job, Inputs, BudgetSchedule]:
    """Check everything that the job reads; starts and writes nothing."""
    job = Job(uuid.uuid4().hex[:12], out.absolute(), config, files.absolute())
    inputs = check_inputs(config, job.files)
    return job, inputs, make_budget_schedule(config, len(inputs.task_ids), job.files)


@contextlib.contextmanager
def _run_in_directory(job: Job, inputs: Inputs, schedule: BudgetSchedule, logged: LoggedRun) -> Iterator[RunDirectory]:
    """Run the job, then hold and yield its directory for whoever reads it."""
    started = time.monotonic()
    directory, settings = RunDirectory(job.directory), job.config.model_dump(mode="json")
    claimed = directory.claimed(inputs.identity, settings)
    going_on = logged.going_on(job.config.loggers, job.directory, inputs.identity, settings)
    with claimed, logging_to(job.log("driver")), _log_outcome(), noted(directory.progress) as note, going_on:
        try:
            _run(job, schedule, (note, logged.progress))
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


def _run(job: Job, schedule: BudgetSchedule, others: Sequence[Show]) -> None:
    with Journal(RunDirectory(job.directory).journal) as journal:
        journal.check()
        journal.set_fact("problems", str(schedule.problems))
        finished = len(journal.finished_positions())
        _log.info("run resumed" if journal.has_answers() else "run started", problems=schedule.problems, finished=finished)
        if finished == schedule.problems:
            return  # nothing to do: neither Ray nor a sandbox is started
    job = replace(job, config=pinned(job.config, RunDirectory(job.directory)))
    threading.Thread(target=load_libraries, name="libraries", daemon=True).start()  # a run begins with waiting for containers
    with contextlib.ExitStack() as stack:
        last = stack.enter_context(contextlib.ExitStack())
        if does_alone(job.config.cluster, list(job.engines().values()), os.environ):
            scheduler: RunningScheduler = stack.enter_context(scheduler_here(job, schedule))
        else:
            from cluster.in_cluster import scheduler_in_cluster

            scheduler = stack.enter_context(scheduler_in_cluster(job, schedule))
        last.callback(sweep_in_passing, job.config.sandbox)
        with display() as show:

            def told(progress: Progress) -> None:
                for take in (show, *others):
                    take(progress)

            _wait(scheduler, told)


def _wait(scheduler: RunningScheduler, show: Show) -> None:
    """Wait for the scheduler, looking at its progress; raises what it raised."""
    with first_interrupt() as asked:
        told = False
        while not scheduler.ended(POLL_S):
            if asked() and not told:
                scheduler.finish()
                told = True
            if (progress := scheduler.progress(POLL_TIMEOUT_S)) is not None:
                show(progress)
    show(scheduler.outcome())


def _record_wall(directory: RunDirectory, started: float) -> None:
    with contextlib.suppress(StorageError):  # such as a full disk's, which is told already
        if not directory.journal.exists():
            return
        with Journal(directory.journal) as journal:
            earlier = float(journal.fact("wall") or 0.0)
            journal.set_fact("wall", str(earlier + time.monotonic() - started))


def _record_frame(directory: RunDirectory, seconds: dict[str, float]) -> None:
    """Note what the run took besides its work; a disk that is full by now only loses this."""
    with contextlib.suppress(StorageError), Journal(directory.journal) as journal:
        journal.set_fact("frame", json.dumps(seconds))
