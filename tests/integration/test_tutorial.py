"""What the documentation shows runs as pasted: the tutorial from its first command to its last, and an example of every command."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli import PATIENCE_S, ROOT, wait_for

from cluster.cli import parser

pytestmark = [pytest.mark.docker, pytest.mark.long, pytest.mark.timeout(3600), pytest.mark.usefixtures("nothing_left")]
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
ELSEWHERE = ("make setup", "coderm run mine/live.toml")
"""Blocks that need the network, or a server of models."""
CHAIN = (
    "run", "score", "run", "report", "show", "compare", "export", "watch", "rescore", "audit", "eval-tests", "probe train",
    "probe eval", "study", "simulate", "data build", "train", "doctor", "gc",
)  # fmt: skip
"""Commands in an order in which each finds what the earlier ones left; the second `run` is that of another budget."""
LAST_OF = {("run", 1): 2}
"""Which example is taken where it is not the first: by command and how often it came before."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with `examples/` and a `coderm` that is this checkout's."""
    folder = tmp_path_factory.mktemp("stranger")
    shutil.copytree(ROOT / "examples", folder / "examples")
    command = folder / "bin" / "coderm"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{ROOT / "launch.py"}" "$@"\n')
    command.chmod(0o755)
    return folder


def environment(folder: Path) -> dict[str, str]:
    path = f"{folder / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    return os.environ | {"PATH": path, "CODERM__CLUSTER__ADDRESS": "local"}


def shell(folder: Path, text: str) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_tutorial_ends_with_an_own_problem_solved(folder: Path) -> None:
    blocks = re.findall(r"^```bash\n(.*?)^```", TUTORIAL, re.DOTALL | re.MULTILINE)
    printed = "".join(shell(folder, block) for block in blocks if not block.startswith(ELSEWHERE))
    assert "26.86" in printed
    for line in re.findall(r"^```text\n(.*?)^```", TUTORIAL, re.DOTALL | re.MULTILINE):
        assert line in printed
    assert 'r"([A-Z]+)([A-Z][a-z])"' in printed
    assert re.search(r"pass@1 \(no selection\) +│ +25\.00", printed)
    assert re.search(r"best-of-N, coderm \* +│ +100\.00", printed)


def examples(words: str) -> list[str]:
    found = parser()
    for word in words.split():
        found = next(action for action in found._actions if action.dest in ("command", "action")).choices[word]  # type: ignore[index]
    text = (found.epilog or "").replace("\\\n", " ")
    return [
        line
        for line in re.findall(r"^  (coderm .+?)(?: {3,}.*)?$", re.sub(r" {4,}--", " --", text), re.MULTILINE)
        if f"coderm {words} " in f"{line} "
    ]


def test_an_example_of_every_command_works_when_pasted(folder: Path) -> None:
    before: list[str] = []
    for words in CHAIN:
        place = LAST_OF.get((words, before.count(words)), 0)
        before.append(words)
        shell(folder, examples(words)[place])


@pytest.fixture
def service(folder: Path) -> Iterator[dict[str, str]]:
    """`coderm serve` as its help shows it, on a port of its own."""
    words = [*shlex.split(examples("serve")[0]), "--set", "service.port=8765"]
    process = subprocess.Popen(
        words, cwd=folder, env=environment(folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    told: list[str] = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            told.append(line)
            if "coderm: token: " in line:
                break
        token = re.search(r"coderm: token: (\S+)", told[-1])
        assert token, told
        yield {"CODERM_SERVICE_TOKEN": token[1], "CODERM_SERVICE_URL": "http://127.0.0.1:8765"}
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_S)


def test_the_commands_around_a_service_work_when_pasted(folder: Path, service: dict[str, str]) -> None:
    given = " ".join(f"{name}={value}" for name, value in service.items())

    def ready() -> bool:
        try:
            return "ready" in shell(folder, f"{given} {examples('status')[0]}")
        except AssertionError:
            return False

    wait_for(ready, "the service answers")
    assert "pairs/s" in shell(folder, f"{given} coderm watch {service['CODERM_SERVICE_URL']} --once")
    for words in ("bank list", "bank verify"):
        shell(folder, examples(words)[0])
