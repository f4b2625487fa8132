"""CPU and memory of a tree of processes by their role, and of the containers of an image."""

import contextlib
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import docker
import psutil

RAY_TITLES = (
    "ray::ServeReplica",
    "ray::ProxyActor",
    "ray::ServeController",
    "ray::ScoringActor",
    "ray::ExecutorActor",
    "ray::BankActor",
)
ROLES = (*RAY_TITLES, "gcs_server", "raylet", "log_monitor", "monitor.py", "dashboard", "Agent", "launch.py")
"""Found in a command line, the first that fits; whatever is none of them is `other`."""


def cpu_s(pid: int) -> float:
    """CPU seconds of a process and of those below it that live; Ray's workers all do."""
    times = [process.cpu_times() for _, process in _tree(pid)]
    return float(sum(each.user + each.system for each in times))


def memory_mb(pid: int) -> dict[str, float]:
    """Proportional memory of a process and of those below it, MiB by role."""
    found: defaultdict[str, float] = defaultdict(float)
    for role, process in _tree(pid):
        with contextlib.suppress(psutil.Error):
            found[role] += process.memory_full_info().pss / 2**20
    return dict(found)


def boxes_cpu_s(image: str) -> float:
    """CPU seconds of the running containers of an image since their starts."""
    return float(sum(stats["cpu_stats"]["cpu_usage"]["total_usage"] for stats in _stats(image))) / 1e9


def boxes_mb(image: str) -> float:
    """Memory of the running containers of an image, MiB."""
    return float(sum(stats["memory_stats"].get("usage", 0) for stats in _stats(image))) / 2**20


def _stats(image: str) -> Iterator[dict[str, Any]]:
    client = docker.from_env()
    for container in client.api.containers(filters={"ancestor": image}):
        with contextlib.suppress(docker.errors.APIError, ValueError):  # it has gone: also an answer that is empty
            yield client.api.stats(container["Id"], stream=False, one_shot=True)


def _tree(pid: int) -> Iterator[tuple[str, psutil.Process]]:
    top = psutil.Process(pid)
    for process in [top, *top.children(recursive=True)]:
        with contextlib.suppress(psutil.Error):
            command = " ".join(process.cmdline()) or process.name()
            yield next((role for role in ROLES if role in command), "other"), process
