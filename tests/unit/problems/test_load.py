"""From a config to problems."""

import subprocess
import sys
from pathlib import Path

import pytest

from coderm.config.schema import ProblemsConfig
from coderm.errors import DataError
from coderm.problems import read_problems
from coderm.storage.jsonl import write_jsonl


@pytest.fixture
def path(tmp_path: Path) -> str:
    file = tmp_path / "mine.jsonl"
    write_jsonl(file, [{"task_id": f"t/{number}", "question": "Q"} for number in range(5)])
    return str(file)


def ids(**config) -> list[str]:
    return [problem.task_id for problem in read_problems(ProblemsConfig(**config))]


def test_the_default_is_the_starter_set():
    assert len(ids()) >= 50


def test_limit_keeps_the_first(path: str):
    assert ids(source="jsonl", path=path, limit=2) == ["t/0", "t/1"]


def test_only_keeps_file_order_and_comes_before_limit(path: str):
    assert ids(source="jsonl", path=path, only=("t/3", "t/1")) == ["t/1", "t/3"]
    assert ids(source="jsonl", path=path, only=("t/3", "t/1"), limit=1) == ["t/1"]


def test_ids_that_are_not_there_are_named(path: str):
    with pytest.raises(DataError, match=r"mine\.jsonl: no problem named t/8, t/9;"):
        ids(source="jsonl", path=path, only=("t/9", "t/1", "t/8"))


@pytest.mark.parametrize("source", ["jsonl", "humaneval", "mbpp", "livecodebench", "coderm"])
def test_every_file_reader_names_a_missing_file(source: str):
    with pytest.raises(DataError, match=r"nowhere\.jsonl: no such file"):
        ids(source=source, path="nowhere.jsonl")


def test_importing_and_reading_the_starter_set_loads_nothing_heavy():
    code = (
        "import sys; from coderm.config.schema import ProblemsConfig; from coderm.problems import read_problems;"
        "list(read_problems(ProblemsConfig())); print({'datasets', 'ray', 'torch', 'docker', 'vllm'} & set(sys.modules))"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout == "set()\n"
