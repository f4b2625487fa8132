"""A Docker engine that may be killed: its own data, socket and network namespace, so that no other engine notices."""

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from cli import wait_for

from faults.aims import Target

AWAY_S = 5.0
"""Between the death of an engine and the start of the next one."""


class Engine:
    """`dockerd` in a folder, with a containerd that outlives it; needs root.

    Its namespaces keep it from the usual engine: in that one's network it would take the bridge away.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.host = f"unix://{folder / 'socket'}"
        settings = folder / "containerd.toml"
        settings.write_text('version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n')
        paths = {"config": settings, "root": folder / "root", "state": folder / "state", "address": folder / "containerd"}
        self._containerd = self._run("unshare", "--net", "--mount", "containerd", *_options(paths))
        self._process = self._containerd

    def start(self) -> None:
        """Start it and wait until it answers."""
        folder = self._folder
        wait_for((folder / "containerd").exists, "the containerd of this test listens")
        (folder / "pid").unlink(missing_ok=True)
        paths: dict[str, Path | str] = {"data-root": folder / "data", "exec-root": folder / "exec", "pidfile": folder / "pid"}
        paths |= {"containerd": folder / "containerd", "host": self.host}
        inside = ["nsenter", "--target", str(self._containerd.pid), "--net", "--mount"]
        plain = ["--bridge=none", "--iptables=false", "--ip6tables=false"]
        self._process = self._run(*inside, "dockerd", *_options(paths), *plain)
        wait_for(self._answers, "the engine of this test answers")

    def kill(self) -> None:
        """SIGKILL; `nsenter` has become the engine, so the process is the engine itself."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it in order, then its containerd; its mounts go with the namespace."""
        for process in (self._process, self._containerd):
            process.terminate()
            process.wait(60)

    def copy(self, image: str) -> None:
        """Take an image over from the usual engine."""
        with subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE) as saved:
            subprocess.run(["docker", "-H", self.host, "load"], stdin=saved.stdout, capture_output=True, check=True)

    def _run(self, *words: str) -> subprocess.Popen:
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True)

    def _answers(self) -> bool:
        assert self._process.poll() is None, (self._folder / "log").read_text("utf-8")[-2000:]
        return subprocess.run(["docker", "-H", self.host, "info"], capture_output=True, timeout=60, check=False).returncode == 0


def _options(paths: Mapping[str, Path | str]) -> list[str]:
    return [f"--{name}={path}" for name, path in paths.items()]


@contextlib.contextmanager
def engine(image: str) -> Iterator[Engine]:
    """An engine that has an image; its folder is short, since a socket's path is."""
    folder = Path(tempfile.mkdtemp(prefix="engine-"))
    own = Engine(folder)
    try:
        own.start()
        own.copy(image)
        yield own
    finally:
        own.stop()
        shutil.rmtree(folder)


def outage(own: Engine) -> Callable[[Target], None]:
    """Kill the engine, and start it again after a while."""

    def kill(target: Target) -> None:
        own.kill()
        time.sleep(AWAY_S)
        own.start()

    return kill
