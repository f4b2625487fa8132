"""A run in this process alone: when that will do, and the scheduler in a thread of its own, which answers as its actor would.

Ray, its processes and its copies cost more than a small job's work. Needs no Ray and imports none.
"""

import asyncio
import contextlib
import os
import threading
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from actors.one_process import workers_here
from actors.scheduler import SchedulerActor
from cluster.connect import cluster_runs
from cluster.placement import place_executors
from coderm.config.schema import ClusterConfig, EngineConfig, VllmEngine
from coderm.errors import ClusterError, CodeRMError
from coderm.logs import get_log
from coderm.messages.progress import Progress
from coderm.scheduling.job import Job
from coderm.scheduling.spending import BudgetSchedule

_log = get_log(__name__)
MOST_EXECUTORS = 16
"""Executors that one process feeds: each takes some percent of a core here for what it sends and reads."""
STOP_S = 60.0
"""Longest wait for everything to be closed after a run was stopped."""


def cpus_here() -> float:
    """CPUs that this process may use."""
    return float(len(os.sched_getaffinity(0)))


def does_alone(config: ClusterConfig, engines: Sequence[EngineConfig], environ: Mapping[str, str]) -> bool:
    """Whether one process carries a job: no cluster is named or runs, no engine needs a GPU or a second replica, few executors."""
    if config.address not in ("auto", "local") or (config.address == "auto" and cluster_runs(environ)):
        return False
    models = [engine for engine in engines if isinstance(engine, VllmEngine)]
    if len(models) > 1 or any(engine.gpus or engine.replicas > 1 for engine in models):
        return False
    return (config.executors or cpus_here() / config.executor_cpus) <= MOST_EXECUTORS


class SchedulerHere:
    """The scheduler of one job in a thread with a loop; its methods may be called from another thread."""

    def __init__(self, job: Job, schedule: BudgetSchedule) -> None:
        placed = place_executors(job.config.cluster, {"CPU": cpus_here()}, list(job.engines().values()))
        _log.info("one process carries the run", executors=placed.count)
        self._scheduler = SchedulerActor(job, workers_here(placed.count), schedule)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="scheduler", daemon=True)
        self._run: Future[Progress] | None = None

    def ended(self, timeout_s: float) -> bool:
        """Start the run if it is not, wait for its end at most so long, and tell whether it has ended."""
        if self._run is None:
            self._thread.start()
            self._run = self._ask(self._scheduler.run())
        with contextlib.suppress(TimeoutError, Exception):
            self._run.result(timeout_s)
        return self._run.done()

    def progress(self, timeout_s: float) -> Progress | None:
        """How far the run is; None where the scheduler is too busy to tell."""
        with contextlib.suppress(TimeoutError):
            progress: Progress = self._ask(self._scheduler.progress()).result(timeout_s)
            return progress
        return None

    def outcome(self) -> Progress:
        """The last progress of a run that has ended; raises what ended it."""
        assert self._run is not None
        try:
            return self._run.result()
        except CodeRMError:
            raise
        except Exception as error:
            raise ClusterError(f"the scheduler failed: {type(error).__name__}: {error}") from error

    def finish(self) -> None:
        """Begin nothing new, and end once what runs has ended."""
        self._ask(self._scheduler.finish())

    def close(self) -> None:
        """Stop what still runs and end the thread; one that hangs is left to the end of the process."""
        if self._thread.is_alive():
            with contextlib.suppress(TimeoutError):
                self._ask(self._scheduler.stop()).result(STOP_S)
                self._ask(self._loop.shutdown_default_executor()).result(STOP_S)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(STOP_S)
        if not self._thread.is_alive():
            self._loop.close()

    def _ask(self, question: Coroutine[Any, Any, Any]) -> "Future[Any]":
        return asyncio.run_coroutine_threadsafe(question, self._loop)


@contextlib.contextmanager
def scheduler_here(job: Job, schedule: BudgetSchedule) -> Iterator[SchedulerHere]:
    """Yield the scheduler of a job; everything it started is closed in the end. Raises ClusterError where it does not fit."""
    scheduler = SchedulerHere(job, schedule)
    try:
        yield scheduler
    finally:
        scheduler.close()
