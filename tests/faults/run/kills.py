"""What is killed under a run. A kill returns whether there was anything to kill yet."""

import contextlib
import signal
from collections.abc import Callable, Sequence

import psutil

from faults.run.field import Alone
from faults.run.job import Job

Kill = Callable[[Alone, Job], bool]
DAEMON = "daemon"
"""The Docker engine, which has to be one of the trial's own: see `faults.engine`."""


def _sent(processes: Sequence[psutil.Process], number: signal.Signals = signal.SIGKILL) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess, IndexError):
        processes[0].send_signal(number)
        return True
    return False


def _actor(name: str) -> Kill:
    return lambda field, job: _sent(field.processes("", f"ray::{name}"))


def _part(node: str, word: str, number: signal.Signals = signal.SIGKILL) -> Kill:
    return lambda field, job: _sent(field.processes(node, word), number)


def _driver(field: Alone, job: Job) -> bool:
    return _sent(job.driver())


def _container(field: Alone, job: Job) -> bool:
    return bool(boxes := _running(field)) and bool(field.docker("kill", boxes[0]))


def _server(field: Alone, job: Job) -> bool:
    """The process that serves a container, a child of its init; the engine tells the pids of this machine."""
    for box in _running(field)[:1]:
        rows = [line.split() for line in field.docker("top", box, "-eo", "pid,ppid").splitlines()[1:]]
        init = {pid for pid, parent in rows} & {parent for pid, parent in rows}
        roots = [pid for pid, parent in rows if parent in init and _parent_outside(parent, rows)]
        return bool(roots) and _sent([psutil.Process(int(pid)) for pid in roots])
    return False


def _parent_outside(pid: str, rows: Sequence[Sequence[str]]) -> bool:
    inside = {pid for pid, _ in rows}
    return next((parent for found, parent in rows if found == pid), "") not in inside


def _running(field: Alone) -> list[str]:
    alive = field.docker("ps", "-q").split()
    return [box for box in field.boxes() if box in alive]


KILLS: dict[str, Kill] = {
    "driver": _driver,
    "scheduler": _actor("SchedulerActor"),
    "generator": _actor("GeneratorActor"),
    "executor": _actor("ExecutorActor"),
    "container": _container,
    "server": _server,
    "raylet": _part("second", "/raylet/raylet"),
    "drain": _part("second", "/raylet/raylet", signal.SIGTERM),
    "gcs": _part("head", "/gcs_server"),
}
ALONE = ("driver", "container", "server")
"""What there is to kill where one process carries the run."""
PAIRS = (
    ("driver", "container"),
    ("driver", "executor"),
    ("driver", "raylet"),
    ("scheduler", "container"),
    ("scheduler", "raylet"),
    ("executor", "container"),
    ("executor", "generator"),
    ("raylet", "container"),
    ("raylet", "gcs"),
    ("server", "drain"),
)
