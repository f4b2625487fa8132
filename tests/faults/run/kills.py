"""What is killed under a run. A kill returns how to tell that it worked, or None while there is nothing to kill yet."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable, Sequence

import psutil

from faults.engine import Engine
from faults.run.field import RAY, Alone
from faults.run.job import Job

Gone = Callable[[], bool]
"""Whether what was to be killed is gone."""
Kill = Callable[[Alone, Job], Gone | None]
DAEMON = "daemon"
"""The Docker engine, which has to be one of the trial's own: see `faults.engine`."""
BUSY_S = 0.15
"""Time over which containers are compared; the one that computes has a block."""
NOTICE_S = 5
"""From the notice of a spot node to its end; long enough that the run hears of it."""


def alive(process: psutil.Process) -> bool:
    """Whether it runs; a zombie does not."""
    with contextlib.suppress(psutil.Error):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def _sent(processes: Sequence[psutil.Process], number: signal.Signals = signal.SIGKILL) -> Gone | None:
    with contextlib.suppress(psutil.NoSuchProcess, IndexError):
        process = processes[0]
        process.send_signal(number)
        return lambda: not alive(process)
    return None


def _actor(name: str) -> Kill:
    return lambda field, job: _sent(field.processes("", f"ray::{name}"))


def _part(node: str, word: str, number: signal.Signals = signal.SIGKILL) -> Kill:
    return lambda field, job: _sent(field.processes(node, word), number)


def _driver(field: Alone, job: Job) -> Gone | None:
    return _sent(job.driver())


def core(field: Alone, job: Job) -> Gone | None:
    """The process of vLLM that holds the model, which titles itself so."""
    owners = [*field.processes("", "ray::GeneratorActor"), *job.driver()]
    children = [child for owner in owners for child in owner.children(recursive=True)]
    return _sent([child for child in children if alive(child) and "EngineCore" in " ".join(child.cmdline())])


def _container(field: Alone, job: Job) -> Gone | None:
    if not (box := _busiest(field)):
        return None
    field.docker("kill", box)
    return lambda: box not in field.docker("ps", "-q")


def _server(field: Alone, job: Job) -> Gone | None:
    """The process that serves a container: the child of its init, which is the first that the engine names."""
    rows = _rows(field, _busiest(field))
    return _sent([process for pid, parent in rows[1:] if parent == rows[0][0] for process in _found(pid)])


def _busiest(field: Alone) -> str:
    """The running container that computes most, "" where none does: spare ones and those between two blocks do nothing."""
    boxes = [box for box in field.boxes() if box in field.docker("ps", "-q")]
    before = {box: _cpu_s(field, box) for box in boxes}
    time.sleep(BUSY_S)
    used = {box: _cpu_s(field, box) - before[box] for box in boxes}
    return max(used, key=lambda box: used[box]) if any(seconds > 0 for seconds in used.values()) else ""


def _cpu_s(field: Alone, box: str) -> float:
    seconds = 0.0
    for process in (process for pid, _ in _rows(field, box) for process in _found(pid)):
        with contextlib.suppress(psutil.Error):
            seconds += sum(process.cpu_times()[:4])
    return seconds


def _rows(field: Alone, box: str) -> list[tuple[int, int]]:
    """Process and parent of everything in a container, as this machine numbers them."""
    lines = field.docker("top", box, "-eo", "pid,ppid").splitlines()[1:] if box else []
    return [(int(pid), int(parent)) for pid, parent in map(str.split, lines)]


def _found(pid: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return [psutil.Process(pid)]
    return []


def _drained(field: Alone, job: Job) -> Gone | None:
    """Ray's own drain without a deadline: the node ends by itself, once this project has left it."""
    return _told_to_drain(field)


def _spot(field: Alone, job: Job) -> Gone | None:
    """A notice, and some seconds later all of the node is gone."""
    if not (gone := _told_to_drain(field, f"--deadline-remaining-seconds={NOTICE_S}")):
        return None
    time.sleep(NOTICE_S)
    field.kill_node("second")
    return gone


def _told_to_drain(field: Alone, *more: str) -> Gone | None:
    """Drain the second node, where an executor is at work."""
    raylets = field.processes("second", "/raylet/raylet")
    if not raylets or not field.processes("second", "ray::ExecutorActor"):
        return None
    node = next(word.partition("=")[2] for word in raylets[0].cmdline() if word.startswith("--node_id="))
    words = [f"--address={field.address}", f"--node-id={node}", "--reason=DRAIN_NODE_REASON_PREEMPTION", "--reason-message=trial"]
    subprocess.run([RAY, "drain-node", *words, *more], env=field.env, capture_output=True, timeout=60, check=True)
    return lambda: not alive(raylets[0])


def outage(own: Engine) -> Kill:
    """Kill the engine while a container computes, and start it again at once; the containers are then ended by it."""

    def kill(field: Alone, job: Job) -> Gone | None:
        if not (box := _busiest(field)):
            return None
        own.kill()
        own.start()
        return lambda: box not in field.docker("ps", "-q")

    return kill


KILLS: dict[str, Kill] = {
    "driver": _driver,
    "scheduler": _actor("SchedulerActor"),
    "generator": _actor("GeneratorActor"),
    "executor": _actor("ExecutorActor"),
    "container": _container,
    "server": _server,
    "raylet": _part("second", "/raylet/raylet"),
    "sigterm": _part("second", "/raylet/raylet", signal.SIGTERM),
    "drain": _drained,
    "spot": _spot,
    "gcs": _part("head", "/gcs_server"),
}
ALONE = ("driver", "container", "server")
"""What there is to kill where one process carries the run."""
CORE = "core"
"""vLLM's engine core, for which a model has to write."""
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
    ("driver", "spot"),
)
