"""A reward service as a person starts it, on a cluster of its own, with sandboxes that need no container."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
from cli import PATIENCE_S, ROOT, command, descendants, free_ports, wait_for

TOKEN = "a-token-of-the-tests"
TEST = "def test_{0}():\n    assert f({0}) == {0}\n"
SUITE = {"type": "unittest", "tests": [TEST.format(1), TEST.format(2)]}
RIGHT = "def f(x):\n    return x\n"
WRONG = "def f(x):\n    return 0\n"
SLOW = "import time\n\ndef f(x):\n    time.sleep({0})\n    return x\n# {1}\n"


def settings(port: int, folder: Path) -> list[str]:
    given = {
        "cluster.address": "local",
        "cluster.executors": "2",
        "sandbox.type": "local",
        "sandbox.wall_s": "3000",  # what hangs is ended by its client going away, and by nothing else
        "service.port": str(port),
        "bank.directory": str(folder / "bank"),
        "service.cache_file": str(folder / "verdicts.sqlite"),
    }
    return [word for key, value in given.items() for word in ("--set", f"{key}={value}")]


class Service:
    """`coderm serve` under way, in a process group of its own."""

    def __init__(self, folder: Path, *more: str, env: dict[str, str] | None = None) -> None:
        (self.port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [*command("serve", str(ROOT / "examples" / "serve.toml"), *settings(self.port, folder), *more)],
            cwd=ROOT,
            env=os.environ | {"CODERM_SERVICE_TOKEN": TOKEN} | (env or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.said: list[str] = []
        self._readers = [threading.Thread(target=self._read, args=(pipe,), daemon=True) for pipe in self._pipes()]
        for reader in self._readers:
            reader.start()
        self.http = httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=PATIENCE_S, trust_env=False
        )

    def _pipes(self) -> list[Any]:
        return [self.process.stdout, self.process.stderr]

    def _read(self, pipe: Any) -> None:
        for line in pipe:
            self.said.append(line)

    def wait(self) -> "Service":
        wait_for(lambda: (self.announced and self.ready) or self.process.poll() is not None, "the service is ready")
        assert self.process.poll() is None, "".join(self.said)
        return self

    @property
    def announced(self) -> bool:
        """Whether it says that it serves; what stood at its port before may answer until then."""
        return any(line.startswith("coderm: serving at ") for line in self.said)

    @property
    def ready(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return self.http.get("/ready", timeout=10).status_code == 200
        return False

    def score(self, *codes: str, key: str = "", **more: Any) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return self.http.post("/v1/score", json=body(*codes, **more), headers=headers)

    def later(self, *codes: str, **more: Any) -> "Later":
        return Later(lambda: self.score(*codes, **more))

    def figure(self, name: str) -> float:
        for line in self.http.get("/metrics").text.splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        return 0.0

    def processes(self, title: str) -> list[psutil.Process]:
        return descendants(self.process.pid, title)

    def end_by_itself(self) -> int:
        """Wait for a service that cannot start."""
        self.process.wait(PATIENCE_S)
        return self.end()

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(PATIENCE_S)
        for reader in self._readers:
            reader.join(PATIENCE_S)
        for pipe in self._pipes():
            pipe.close()
        self.http.close()
        return code


class Later:
    """A call in a thread."""

    def __init__(self, call: Any) -> None:
        self._found: list[Any] = []
        self._thread = threading.Thread(target=lambda: self._found.append(call()), daemon=True)
        self._thread.start()

    def get(self) -> httpx.Response:
        self._thread.join(PATIENCE_S)
        assert self._found, "the call failed"
        answer: httpx.Response = self._found[0]
        return answer


def body(*codes: str, problem: Any = None, **more: Any) -> dict[str, Any]:
    whole = problem or {"id": "p/0", "question": "Return x.", "entry_point": "f", "suite": SUITE}
    return {"items": [{"problem": whole, "programs": [{"code": code} for code in codes]}], **more}


def rewards(answer: httpx.Response) -> list[tuple[float | None, str]]:
    assert answer.status_code == 200, answer.text
    return [(result["reward"], result["status"]) for result in answer.json()["results"]]


def hang_up(service: Service, when: float | Callable[[], bool], *codes: str, **more: Any) -> None:
    """Send a call and close the connection: so many seconds later, or when something has happened."""
    content = httpx.Request("POST", "http://x", json=body(*codes, **more)).content
    with socket.create_connection(("127.0.0.1", service.port)) as line:
        head = f"POST /v1/score HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: {len(content)}\r\n\r\n"
        line.sendall(head.encode() + content)
        if callable(when):
            wait_for(when, "the moment to hang up")
        else:
            time.sleep(when)


@contextlib.contextmanager
def service(folder: Path, *more: str) -> Iterator[Service]:
    """A service that is ready, and stopped in the end."""
    running = Service(folder, *more)
    try:
        yield running.wait()
    finally:
        running.end()
