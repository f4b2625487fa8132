"""The workers of a run that one process carries: engines in its loop, executors in its threads. Knows no Ray."""

from actors.executor import ExecutorActor
from actors.generator import GeneratorActor
from actors.scheduler import WorkerFactory
from actors.thread_worker import ThreadWorker
from actors.worker import LocalWorker, Worker
from coderm.config.schema import EngineConfig, SandboxConfig

AT_ONCE = frozenset({"signs", "cancel"})
"""Questions that an executor answers while a block runs."""


def workers_here(executors: int) -> WorkerFactory:
    """Workers of this process; none of them sets up logging, which the process has done."""
    return WorkerFactory(engine_here, lambda config, run_id, _avoid: executor_here(config.sandbox, run_id), executors)


def engine_here(engine: EngineConfig) -> Worker:
    """An engine whose frontend shares this process."""
    return LocalWorker(GeneratorActor(engine))


def executor_here(config: SandboxConfig, run_id: str) -> Worker:
    """One executor in a thread of its own."""
    executor = ExecutorActor(config, run_id)
    return ThreadWorker(executor, AT_ONCE, executor.cancel_running)
