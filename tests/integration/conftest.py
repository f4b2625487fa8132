"""One Ray cluster for the session, real sandboxes, and the command line run as a person runs it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from coderm.config import ProblemsConfig
from coderm.problems.load import read_problems

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 600.0
"""Far beyond what anything here takes on a slow machine; a hang then fails instead of blocking."""


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
def ray_cluster() -> Iterator[str]:
    """Start a cluster of its own beside whatever runs on this machine; yield its address."""
    ray = Path(sys.executable).parent / "ray"
    environment = os.environ | {"RAY_USAGE_STATS_ENABLED": "0"}
    arguments = [
        "start",
        "--head",
        "--port=26379",
        "--num-cpus=3",
        "--num-gpus=2",
        "--include-dashboard=true",
        "--dashboard-port=28265",
    ]
    subprocess.run([ray, *arguments, "--disable-usage-stats"], check=True, capture_output=True, env=environment, timeout=PATIENCE_S)
    yield "127.0.0.1:26379"
    subprocess.run([ray, "stop"], capture_output=True, timeout=PATIENCE_S)


def containers() -> list[str]:
    listed = subprocess.run(
        ["docker", "ps", "-aq", "--filter", "label=coderm.owner"], capture_output=True, text=True, timeout=60, check=True
    )
    return listed.stdout.split()


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Fail when a test leaves a container of this project behind."""
    before = set(containers())
    yield
    wait_for(lambda: not (set(containers()) - before), "the containers of this test are gone")


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """Generations of four starter problems: a right program, two wrong ones (one loops), one that is no code; three tests."""
    path = tmp_path / "generations.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for problem in read_problems(ProblemsConfig(limit=4)):
            name = problem.entry_point
            programs = [
                problem.reference,
                f"def {name}(*arguments):\n    return None\n",
                f"def {name}(*arguments):\n    while True:\n        pass\n",
            ]
            texts = [f"```python\n{program}\n```" for program in programs] + ["Sorry, I do not know."]
            out.write(json.dumps({"task_id": problem.task_id, "role": "policy", "completions": texts}) + "\n")
            tests = [f"```python\n{check}\n```" for check in problem.checks[:3]]
            out.write(json.dumps({"task_id": problem.task_id, "role": "coderm", "completions": tests}) + "\n")
    return path


@pytest.fixture
def config(tmp_path: Path, recorded: Path, ray_cluster: str) -> Path:
    """A config that replays `recorded` on the session's cluster."""
    path = tmp_path / "config.toml"
    path.write_text(
        f"""
[problems]
limit = 4
[engines.main]
type = "scripted"
path = "{recorded}"
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
address = "{ray_cluster}"
executors = 2
""",
        encoding="utf-8",
    )
    return path


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
