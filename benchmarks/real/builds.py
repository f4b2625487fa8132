"""Builds of this project: the tree here, or a revision in a temporary work tree with an image of its own."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import numpy as np
import numpy.typing as npt

from real.sets import Task

TREE = Path(__file__).parents[2]
DRIVER = Path(__file__).with_name("driver.py")


@dataclass(frozen=True)
class Run:
    """What one batch took, seconds, and its pairs one after the other: outcome codes, grading codes, CPU seconds."""

    seconds: float
    host_cpu_s: float
    box_cpu_s: float
    outcomes: npt.NDArray[np.int8]
    gradings: npt.NDArray[np.int8]
    cpu_s: npt.NDArray[np.float64]


class Build:
    """One build with warm containers, driven over pipes."""

    def __init__(self, name: str, process: "subprocess.Popen[str]", **limits: Any) -> None:
        self.name = name
        self._process = process
        self._limits = limits

    def with_limits(self, name: str, **limits: Any) -> "Build":
        """Return the same containers under another name, where every batch has these limits."""
        return Build(name, self._process, **limits)

    def run(self, tasks: Sequence[Task], grading: str, **limits: Any) -> Run:
        """Run tasks as one batch."""
        job = {
            "tasks": [[task.programs, task.tests] for task in tasks],
            "grading": grading,
            "limits": {"row_timeouts": 2, **self._limits, **limits},
        }
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        if not (line := self._process.stdout.readline()):
            raise SystemExit(f"the build {self.name} ended; see above")
        answer = json.loads(line)
        cells = [[np.concatenate(part) for part in zip(*task, strict=True)] for task in answer["rows"]]
        outcomes, gradings, cpu_s = (np.concatenate(part) for part in zip(*cells, strict=True))
        seconds, host_cpu_s, box_cpu_s = (answer[name] for name in ("seconds", "host_cpu_s", "box_cpu_s"))
        return Run(seconds, host_cpu_s, box_cpu_s, outcomes.astype(np.int8), gradings.astype(np.int8), cpu_s)


@contextlib.contextmanager
def here(image: str, containers: int) -> Iterator[Build]:
    """The tree that this file belongs to, on an image of it."""
    with _driven("new", TREE, image, containers) as build:
        yield build


@contextlib.contextmanager
def revision(name: str, containers: int) -> Iterator[Build]:
    """A revision of this repository; its work tree and its image are removed afterwards."""
    commit = _git("rev-parse", "--short", f"{name}^{{commit}}")
    image = f"coderm-benchmark-{commit}-{os.getpid()}"
    with tempfile.TemporaryDirectory(prefix="coderm-") as folder:
        tree = Path(folder, "tree")
        _git("worktree", "add", "--detach", str(tree), commit)
        try:
            module = "coderm.sandbox.containers.image" if (tree / "coderm/sandbox/containers").exists() else "coderm.sandbox.image"
            command = [sys.executable, "-m", module, "--image", image]
            subprocess.run(command, cwd=tree, env=_environment(tree), check=True, stdout=sys.stderr)
            with _driven(commit, tree, image, containers) as build:
                yield build
        finally:
            _git("worktree", "remove", "--force", str(tree))
            with contextlib.closing(docker.APIClient()) as client, contextlib.suppress(docker.errors.ImageNotFound):
                client.remove_image(image)


@contextlib.contextmanager
def _driven(name: str, tree: Path, image: str, containers: int) -> Iterator[Build]:
    command = [sys.executable, "-P", str(DRIVER), image, str(containers)]
    with subprocess.Popen(
        command, cwd=tree, env=_environment(tree), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:  # fmt: skip
        yield Build(name, process)


def _environment(tree: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(tree)}


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(TREE), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()
