"""One Ray cluster for the session, real sandboxes, and the command line run as a person runs it."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from coderm.config.schema import ProblemsConfig
from coderm.problems.load import read_problems

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 600.0
"""Far beyond what anything here takes on a slow machine; a hang then fails instead of blocking."""


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, so that several checkouts can test on one machine."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


HEAD_PORT, DASHBOARD_PORT, AGENT_PORT = free_ports(3)


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str


def command(*arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "launch.py"), *arguments]


def run(*arguments: str, env: dict[str, str] | None = None, cwd: Path = ROOT) -> Ended:
    done = subprocess.run(
        command(*arguments), cwd=cwd, env=os.environ | (env or {}), capture_output=True, text=True, timeout=PATIENCE_S
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.2)


@pytest.fixture(scope="session")
def ray_head() -> Iterator[subprocess.Popen]:
    """Start a cluster of its own, token authentication on, beside whatever else runs here; stop only that."""
    os.environ["RAY_AUTH_MODE"] = "token"
    arguments = ["start", "--head", "--block", f"--port={HEAD_PORT}", "--num-cpus=3", "--num-gpus=2", "--disable-usage-stats"]
    arguments += ["--include-dashboard=true", f"--dashboard-port={DASHBOARD_PORT}", f"--dashboard-agent-listen-port={AGENT_PORT}"]
    head = subprocess.Popen(
        [Path(sys.executable).parent / "ray", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for(lambda: _listens(DASHBOARD_PORT) or head.poll() is not None, "the cluster's dashboard listens")
        assert head.poll() is None, "ray start ended"
        yield head
    finally:
        head.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            head.wait(30)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(head.pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def ray_cluster(ray_head: subprocess.Popen) -> str:
    return f"127.0.0.1:{HEAD_PORT}"


def descendants(pid: int, title: str) -> list[psutil.Process]:
    """Processes under `pid` whose command line starts with `title`, without those that end while they are looked at."""
    found = []
    for child in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if " ".join(child.cmdline()).startswith(title):
                found.append(child)
    return found


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def containers(*, running: bool = False) -> list[str]:
    """This project's containers, but for those that others keep on this machine meanwhile, such as tests of the sandbox."""
    form = '{{.ID}} {{.Label "coderm.owner"}}'
    listed = subprocess.run(
        ["docker", "ps", *([] if running else ["-a"]), "--filter", "label=coderm.owner", "--format", form],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    rows = [line.split() for line in listed.stdout.splitlines()]
    return [name for name, owner in rows if not foreign(int(owner.rsplit(":", 2)[1]))]


def foreign(pid: int) -> bool:
    """Whether a process works for a command line, or for tests, that these tests did not start."""
    try:
        line = [psutil.Process(pid), *psutil.Process(pid).parents()]
        commands = [place for place, process in enumerate(line) if any(_begins_work(part) for part in process.cmdline())]
    except psutil.Error:
        return False
    return bool(commands) and os.getpid() not in {process.pid for process in line[commands[0] :]}


def _begins_work(part: str) -> bool:
    return "launch.py" in part or part == "pytest"


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Fail when a test leaves a container of this project behind."""
    before = set(containers())
    yield
    wait_for(lambda: not (set(containers()) - before), "the containers of this test are gone")


def write_recorded(path: Path) -> None:
    """Generations of four starter problems: a right program, two wrong ones (one loops), one that is no code; three tests."""
    with path.open("w", encoding="utf-8") as out:
        for problem in read_problems(ProblemsConfig(limit=4)):
            name = problem.entry_point
            programs = [
                problem.reference,
                f"def {name}(*arguments):\n    return ...\n",
                f"def {name}(*arguments):\n    while True:\n        pass\n",
            ]
            texts = [f"```python\n{program}\n```" for program in programs] + ["Sorry, I do not know."]
            out.write(json.dumps({"task_id": problem.task_id, "role": "policy", "completions": texts}) + "\n")
            tests = [f"```python\n{check}\n```" for check in problem.checks[:3]]
            out.write(json.dumps({"task_id": problem.task_id, "role": "coderm", "completions": tests}) + "\n")


def write_config(folder: Path, address: str) -> Path:
    """A config that replays recorded generations on a cluster."""
    write_recorded(folder / "generations.jsonl")
    path = folder / "config.toml"
    path.write_text(
        f"""
[problems]
limit = 4
[engines.main]
type = "scripted"
path = "{folder / "generations.jsonl"}"
[policy]
samples = 4
[coderm]
oversample = 1.0
[budget]
per_problem = 3
[sandbox]
cpu_s = 0.5
check_cpu_s = 0.5
[cluster]
address = "{address}"
executors = 2
""",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def config(tmp_path: Path, ray_cluster: str) -> Path:
    return write_config(tmp_path, ray_cluster)


class Started:
    """A command under way, in a process group of its own."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            command(*arguments), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> Ended:
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return Ended(self.process.returncode, out, err)
