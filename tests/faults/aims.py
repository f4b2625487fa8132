"""What is killed, and how."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil
from serving import Service

from coderm.sandbox.containers.engine import LABEL_OWNER, LABEL_RUN


@dataclass
class Target:
    """A service under way, the engine its containers are in ("": the usual one), and every process seen under it."""

    service: Service
    host: str = ""
    seen: set[psutil.Process] = field(default_factory=set)
    runs: set[str] = field(default_factory=set)

    def look(self) -> None:
        """Remember the processes that run now, and the run whose containers they own."""
        here = psutil.Process(self.service.process.pid)
        self.seen |= {here, *here.children(recursive=True)}
        if not self.runs:
            pids = {str(process.pid) for process in self.seen}
            self.runs |= {run for _, owner, run in self._listed(f"label={LABEL_OWNER}") if owner.rsplit(":", 2)[1] in pids}

    def boxes(self) -> list[str]:
        """Containers of this service, running or not."""
        return [box for run in self.runs for box, _, _ in self._listed(f"label={LABEL_RUN}={run}", "-a")]

    def docker(self, *words: str) -> str:
        """Run docker on the engine of this service."""
        command = ["docker", *(["-H", self.host] if self.host else []), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout

    def _listed(self, only: str, *more: str) -> list[list[str]]:
        form = f'{{{{.ID}}}} {{{{.Label "{LABEL_OWNER}"}}}} {{{{.Label "{LABEL_RUN}"}}}}'
        return [line.split() for line in self.docker("ps", *more, "--filter", only, "--format", form).splitlines()]


Kill = Callable[[Target], None]


DAEMON = "daemon"
"""The Docker engine, which has to be one of the trial's own: see `faults.engine`."""


def container(target: Target) -> None:
    """Kill one container of an executor."""
    target.docker("kill", target.boxes()[0])


def process(title: str) -> Kill:
    """Kill one process of this title."""

    def kill(target: Target) -> None:
        os.kill(target.service.processes(f"ray::{title}")[0].pid, signal.SIGKILL)

    return kill


def storm(target: Target) -> None:
    """Kill one container after the other, faster than a block takes."""
    for _ in range(12):
        for box in target.boxes()[:1]:
            with contextlib.suppress(subprocess.CalledProcessError):  # it is gone already
                target.docker("kill", box)
        time.sleep(0.5)


AIMS: dict[str, Kill] = {
    "container": container,
    "executor": process("ExecutorActor"),
    "scorer": process("ScoringActor"),
    "replica": process("ServeReplica"),
    "proxy": process("ProxyActor"),
    "controller": process("ServeController"),
    "bank": process("BankActor"),
    "storm": storm,
}
