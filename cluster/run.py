"""Carries one job from its checked input to a finished run directory, and leaves nothing behind however it ends."""

import contextlib
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster.connect import connected
from cluster.deploy import deploy_scheduler
from cluster.display import Show, display
from cluster.placement import place_executors
from coderm.budget.plan import allot
from coderm.config import RunConfig
from coderm.errors import ClusterError, CodeRMError, ConfigError, EngineError
from coderm.job import Job
from coderm.journal import Journal
from coderm.problems.load import read_problems
from coderm.progress import Progress
from coderm.rundir import RunDirectory
from coderm.sandbox.gc import sweep
from coderm.summary import write_outputs
from coderm.supplied import open_programs, open_tests

POLL_S = 0.5
"""Between two looks at the scheduler; far below what a person notices, far above what a look costs."""
LOOK_TIMEOUT_S = 30.0
"""Longest wait for one look; a busy scheduler answers late, a dead one ends the run through its own reference."""


@dataclass(frozen=True, slots=True)
class Files:
    """The user's own candidates and tests; None: the models write them."""

    candidates: Path | None = None
    tests: Path | None = None


def run_job(config: RunConfig, out: Path, files: Files | None = None) -> dict[str, Any]:
    """Run a job in `out` and return its summary; an interrupted or failed run resumes from the same directory.

    Raises InputError before anything is started, InfrastructureError naming the remedy, KeyboardInterrupt as it comes.
    """
    files = files or Files()
    task_ids = _checked(config, files)
    config = _absolute(config)
    directory = RunDirectory(out.absolute())
    started = time.monotonic()
    with directory.claimed(_identity(config, files), config.model_dump(mode="json")):
        job = Job(uuid.uuid4().hex[:12], directory.root, config, _resolved(files.candidates), _resolved(files.tests))
        try:
            _conduct(job, task_ids)
        finally:
            _record_wall(directory, started)
        return write_outputs(directory, config, len(task_ids))


def _checked(config: RunConfig, files: Files) -> tuple[str, ...]:
    """Read all input once and return the task ids; raises InputError for anything that cannot be used."""
    task_ids = tuple(problem.task_id for problem in read_problems(config.problems))
    if not task_ids:
        raise ConfigError("there is no problem to solve; check problems.path, problems.only and problems.limit")
    if files.candidates is not None:
        open_programs(files.candidates).check(task_ids)
    if files.tests is not None:
        open_tests(files.tests).check(task_ids)
    wanted = {"policy": config.policy.engine} if files.candidates is None else {}
    wanted |= {} if files.tests is not None else {"coderm": config.coderm.engine}
    for role, name in wanted.items():
        if name not in config.engines:
            raise ConfigError(
                f"{role}.engine = {name!r}: there is no [engines.{name}] in the config; examples/ shows how to write one"
            )
    return task_ids


def _resolved(path: Path | None) -> Path | None:
    return None if path is None else path.absolute()


def _absolute(config: RunConfig) -> RunConfig:
    """Make file names absolute, since actors may run elsewhere on this node."""
    data = config.model_dump(mode="python")
    if config.problems.source not in ("starter", "hub"):
        data["problems"]["path"] = str(Path(config.problems.path).absolute())
    for engine in data["engines"].values():
        if engine["type"] == "scripted" or (engine["type"] == "vllm" and Path(engine["model"]).is_dir()):
            key = "path" if engine["type"] == "scripted" else "model"
            engine[key] = str(Path(engine[key]).absolute())
    return RunConfig.model_validate(data)


def _identity(config: RunConfig, files: Files) -> dict[str, Any]:
    """The settings that decide results: everything but the cluster and the rule of the final choice."""
    identity = config.model_dump(mode="json", exclude={"cluster", "selection"})
    return identity | {"candidates": str(files.candidates or ""), "tests": str(files.tests or "")}


def _conduct(job: Job, task_ids: tuple[str, ...]) -> None:
    started = time.monotonic()
    units = allot(job.config.budget, len(task_ids))
    with Journal(job.directory / "journal.sqlite") as journal:
        journal.set_fact("allocation_s", str(time.monotonic() - started))
    engines = [job.config.engines[name] for name in sorted(_engine_names(job))]
    with connected(job.config.cluster.address) as resources, contextlib.ExitStack() as stack:
        stack.callback(_swept, job)
        executors = place_executors(job.config.cluster, resources, engines)
        scheduler = deploy_scheduler(job, units, executors)
        stack.callback(_killed, scheduler)
        with display() as show:
            _followed(scheduler, show)


def _engine_names(job: Job) -> set[str]:
    roles = set() if job.candidates is not None else {job.config.policy.engine}
    return roles if job.tests is not None else roles | {job.config.coderm.engine}


def _followed(scheduler: Any, show: Show) -> None:
    """Wait for the scheduler, looking at its progress; raises what it raised."""
    import ray

    result = scheduler.run.remote()
    while not ray.wait([result], timeout=POLL_S)[0]:
        with contextlib.suppress(ray.exceptions.GetTimeoutError, ray.exceptions.RayActorError):
            show(ray.get(scheduler.progress.remote(), timeout=LOOK_TIMEOUT_S))
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


def _killed(scheduler: Any) -> None:
    """Let the scheduler close its actors, then kill it; its actors die with it in any case."""
    import ray

    with contextlib.suppress(ray.exceptions.RayError):
        ray.get(scheduler.stop.remote(), timeout=LOOK_TIMEOUT_S)
    ray.kill(scheduler)


def _swept(job: Job) -> None:
    if job.config.sandbox.type == "docker":
        with contextlib.suppress(EngineError):
            sweep()


def _record_wall(directory: RunDirectory, started: float) -> None:
    if directory.journal.exists():
        with Journal(directory.journal) as journal:
            earlier = float(journal.fact("wall") or 0.0)
            journal.set_fact("wall", str(earlier + time.monotonic() - started))
