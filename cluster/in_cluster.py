"""A run on a Ray cluster: the scheduler's actor, asked from here."""

import contextlib
import shlex
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cluster.connect import connected
from cluster.deploy import deploy_scheduler
from cluster.head import HeadWatch
from cluster.placement import place_executors
from coderm.errors import ClusterError, CodeRMError
from coderm.logs import get_log
from coderm.messages.progress import Progress
from coderm.scheduling.job import Job
from coderm.scheduling.spending import BudgetSchedule

_log = get_log(__name__)
STOP_S = 30.0
"""Longest wait for the scheduler to close its actors."""


class SchedulerInCluster:
    """The scheduler's actor, by its handle. head: is asked for its notes whenever somebody looks."""

    def __init__(self, handle: Any, head: HeadWatch) -> None:
        self._handle = handle
        self._head = head
        self._run: Any = None

    def ended(self, timeout_s: float) -> bool:
        """Start the run if it is not, wait for its end at most so long, and tell whether it has ended."""
        import ray

        if self._run is None:
            self._run = self._handle.run.remote()
        return bool(ray.wait([self._run], timeout=timeout_s)[0])

    def progress(self, timeout_s: float) -> Progress | None:
        """How far the run is; None when the actor is too busy to tell, or dead, which the run's own end says."""
        import ray

        with contextlib.suppress(ray.exceptions.GetTimeoutError, ray.exceptions.RayActorError):
            progress: Progress = ray.get(self._handle.progress.remote(), timeout=timeout_s)
            return replace(progress, notes=(*progress.notes, *self._head.notes()))
        return None

    def outcome(self) -> Progress:
        """The last progress of a run that has ended; raises what ended it."""
        import ray

        try:
            progress: Progress = ray.get(self._run)
        except ray.exceptions.RayTaskError as error:
            cause = getattr(error, "cause", None)
            raise cause if isinstance(cause, CodeRMError) else ClusterError(f"the scheduler failed: {error}") from None
        except ray.exceptions.RayActorError as error:
            remedy = self._head.remedy("run the same command to resume")
            raise ClusterError(f"the scheduler died: {str(error).splitlines()[0]}; {remedy}") from None
        return progress

    def finish(self) -> None:
        """Begin nothing new, and end once what runs has ended."""
        self._handle.finish.remote()

    def close(self) -> None:
        """Let the scheduler close its actors, then kill it; its actors die with it in any case."""
        import ray

        with contextlib.suppress(ray.exceptions.RayError):
            ray.get(self._handle.stop.remote(), timeout=STOP_S)
        ray.kill(self._handle)


@contextlib.contextmanager
def scheduler_in_cluster(job: Job, schedule: BudgetSchedule) -> Iterator[SchedulerInCluster]:
    """Join or start a cluster and yield the scheduler of a job in it. Raises ClusterError with the remedy."""
    shown = {"watch": f"coderm watch {shlex.quote(str(job.directory))}"}
    with connected(job.config.cluster.address, shown) as resources:
        executors = place_executors(job.config.cluster, resources, list(job.engines().values()))
        _log.info("cluster joined", cpus=resources.get("CPU", 0), gpus=resources.get("GPU", 0), executors=executors.count)
        import ray

        head = HeadWatch(ray.get_runtime_context().gcs_address)
        scheduler = SchedulerInCluster(deploy_scheduler(job, schedule, executors), head)
        try:
            yield scheduler
        finally:
            scheduler.close()
