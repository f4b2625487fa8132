"""Where a run of a trial works: in one process, or on a cluster of two nodes of this machine whose parts may be killed.

What was killed is started again for the next trial.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import psutil
from cli import free_ports, wait_for

from coderm.janitor import remove
from coderm.sandbox.containers.engine import LABEL_OWNER

RAY = Path(sys.executable).parent / "ray"
ACTORS = ("SchedulerActor", "GeneratorActor", "ExecutorActor")
SHORT = {
    "RAY_health_check_initial_delay_ms": "2000",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "5000",
    "RAY_gcs_rpc_server_reconnect_timeout_s": "15",
}
"""Ray's waits, cut where a trial would only wait: for a node that is silent, and for a head that does not come back (60 s)."""


class Alone:
    """No cluster: the run is one process, which owns its containers itself. host: the Docker engine, "" the usual one."""

    address = "local"

    def __init__(self, host: str = "") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="field-"))  # short: Ray has sockets in it
        self.host = host
        self.env = os.environ | {"TMPDIR": str(self.folder)} | ({"DOCKER_HOST": host} if host else {})
        self.owners: set[str] = set()
        self._boxes: dict[str, str] = {}

    def mend(self) -> None:
        """Nothing to start."""

    def close(self) -> None:
        """Remove what was written; processes of Ray that just end may still write."""
        remove(str(self.folder))

    def kill_node(self, node: str) -> None:
        """No node is there."""

    def usual(self) -> set[int]:
        """Processes that are there whether a run works or not."""
        return set()

    def processes(self, node: str, word: str) -> list[psutil.Process]:
        """No process of a cluster is there."""
        return []

    def boxes(self) -> list[str]:
        """Containers whose owner is, or was, a driver or an executor of these trials."""
        pids = self.owners | {str(process.pid) for process in self.processes("", "ray::ExecutorActor")}
        form = f'{{{{.ID}}}} {{{{.Label "{LABEL_OWNER}"}}}}'
        rows = [line.split() for line in self.docker("ps", "-a", "--filter", f"label={LABEL_OWNER}", "--format", form).splitlines()]
        self._boxes = {box: owner for box, owner in rows if box in self._boxes or owner.rsplit(":", 2)[1] in pids}
        return list(self._boxes)

    def docker(self, *words: str) -> str:
        """Run docker on the engine of this cluster; "" where it fails, as it does while it is killed."""
        command = ["docker", *(["-H", self.host] if self.host else []), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout

    def left(self) -> list[str]:
        """Actors of this project and containers that are still there."""
        actors = [" ".join(process.cmdline()) for word in ACTORS for process in self.processes("", f"ray::{word}")]
        return [*actors, *self.boxes()]


class Field(Alone):
    """`ray start` once as head and once as a further node, of one CPU each. host: the Docker engine, "" the usual one.

    within: what `ray start` is started with, such as a namespace; words: its further arguments. head, second: further environment
    of each node.
    """

    def __init__(
        self,
        host: str = "",
        within: Sequence[str] = (),
        words: Sequence[str] = (),
        head: Mapping[str, str] = MappingProxyType({}),
        second: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(host)
        self._within, self._words = within, words
        self._own = {"head": head, "second": second}
        (self._port,) = free_ports(1)
        self.address = f"127.0.0.1:{self._port}"
        self.env |= SHORT | {"RAY_AUTH_MODE": "token"}
        self._nodes: dict[str, subprocess.Popen] = {}

    def mend(self) -> None:
        """Start what is not there: nothing, when nobody killed a node."""
        if not self._runs("head"):
            self.close_node("second")
            self._start("head", "--head", f"--port={self._port}", "--include-dashboard=false", f"--temp-dir={self.folder}/ray")
        if not self._runs("second"):
            self.add("second")

    def add(self, name: str) -> None:
        """Start one more node."""
        self._start(name, f"--address={self.address}")

    def processes(self, node: str, word: str) -> list[psutil.Process]:
        """Processes of one node, or of all (""), whose command line has a word."""
        found = []
        for name, popen in self._nodes.items():
            if node in ("", name) and popen.poll() is None:
                with contextlib.suppress(psutil.Error):
                    found += [child for child in psutil.Process(popen.pid).children(recursive=True) if _has(child, word)]
        return found

    def usual(self) -> set[int]:
        """Processes of the nodes, all of Ray's included."""
        return {process.pid for process in self.processes("", "")} | {popen.pid for popen in self._nodes.values()}

    def kill_node(self, node: str) -> None:
        """SIGKILL to all of a node at once, as when its machine goes."""
        for process in [*self.processes(node, ""), psutil.Process(self._nodes[node].pid)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._nodes[node].wait()

    def hold(self, node: str) -> None:
        """Stop the process that ends a whole node when one part of it dies, as where each part has a supervisor of its own."""
        self._nodes[node].send_signal(signal.SIGSTOP)

    def close_node(self, name: str) -> None:
        """End one node and wait for all of it."""
        popen = self._nodes.pop(name, None)
        if popen is None:
            return
        popen.terminate()
        popen.send_signal(signal.SIGCONT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            popen.wait(30)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(popen.pid, signal.SIGKILL)
        popen.wait()

    def close(self) -> None:
        """End every node."""
        for name in list(self._nodes):
            self.close_node(name)
        super().close()

    def _said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text("utf-8")

    def _runs(self, name: str) -> bool:
        return name in self._nodes and self._nodes[name].poll() is None and bool(self.processes(name, "/raylet/raylet"))

    def _start(self, name: str, *words: str) -> None:
        self.close_node(name)
        agent = f"--dashboard-agent-listen-port={free_ports(1)[0]}"  # the second node of a machine finds the usual one taken
        usual = [agent, "--block", "--num-cpus=1", "--num-gpus=0", "--disable-usage-stats"]
        command = [*self._within, str(RAY), "start", *words, *self._words, *usual]
        with (self.folder / f"{name}.log").open("wb") as log:
            env = self.env | dict(self._own.get(name, {}))
            self._nodes[name] = subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True)
        node = self._nodes[name]
        wait_for(lambda: "Ray runtime started" in self._said(name) or node.poll() is not None, f"the node {name} is up")
        assert self._runs(name), self._said(name)[-2000:]


def _has(process: psutil.Process, word: str) -> bool:
    try:
        return word in " ".join(process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


A = TypeVar("A", bound=Alone)


@contextlib.contextmanager
def ready(found: A) -> Iterator[A]:
    """A cluster, or none, that is there; ended in the end."""
    try:
        found.mend()
        yield found
    finally:
        found.close()


def field(host: str = "") -> contextlib.AbstractContextManager[Field]:
    """A cluster that is there."""
    return ready(Field(host))
