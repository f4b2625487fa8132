"""A service with real sandboxes, and what it leaves behind."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
from cli import wait_for
from serving import Service

from faults.aims import Target

SHARED = Path("/dev/shm")
DOCKER = ("--set", "sandbox.type=docker", "--set", "sandbox.wall_s=20")
"""Settings for real sandboxes with their usual limits."""


@contextlib.contextmanager
def target(folder: Path, *more: str, host: str = "") -> Iterator[Target]:
    """A service that is ready, with two executors; ended by SIGTERM, after which nothing may be left."""
    shared = set(SHARED.iterdir())
    with tempfile.TemporaryDirectory(prefix="faults-") as temporary:  # short: Ray has sockets in it
        env = {"TMPDIR": temporary} | ({"DOCKER_HOST": host} if host else {})
        found = Target(Service(folder, *DOCKER, *more, env=env), host)
        try:
            found.service.wait()
            found.look()
            yield found
        finally:
            code = found.service.end()
        assert code == 0, "".join(found.service.said)
        wait_for(lambda: not alive(found), "every process of the service has ended")
        remains = left(found, Path(temporary), shared)
        assert remains == [], f"left behind: {remains}"


def alive(target: Target) -> list[str]:
    """Processes seen under the service that still run."""
    running = []
    for process in target.seen:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                running.append(" ".join(process.cmdline())[:80])
    return running


def left(target: Target, temporary: Path, shared: set[Path]) -> list[str]:
    """Processes, containers, temporary files and shared memory that are still there; Ray itself keeps its logs, in `ray`."""
    files = [str(path) for path in (*temporary.iterdir(), *(set(SHARED.iterdir()) - shared)) if path.name != "ray"]
    return [*alive(target), *target.boxes(), *files]


def crew(target: Target) -> dict[str, int]:
    """How many processes of each kind the service has; after a recovery as many as before.

    Containers are no part of it: after a loss each executor may hold a spare.
    """
    kinds = ("ExecutorActor", "ScoringActor", "BankActor", "ServeReplica", "ProxyActor", "ServeController")
    return {kind: len(target.service.processes(f"ray::{kind}")) for kind in kinds}
