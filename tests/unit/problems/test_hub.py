"""Data sets through the package `datasets`: local directories, and a clear word when the hub is out of reach."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coderm.errors import DataError
from coderm.problems.hub import read_hub

from .run import passes

datasets = pytest.importorskip("datasets")

HUMANEVAL = {
    "task_id": "HumanEval/900",
    "prompt": "def one():\n",
    "entry_point": "one",
    "canonical_solution": "    return 1\n",
    "test": "def check(candidate):\n    assert candidate() == 1\n",
}
MBPP = {
    "task_id": 901,
    "text": "Return one.",
    "code": "def one():\n    return 1",
    "test_setup_code": "",
    "test_list": ["assert one() == 1"],
    "challenge_test_list": [],
}


def save(path: Path, *rows) -> str:
    datasets.Dataset.from_list(list(rows)).save_to_disk(str(path))
    return str(path)


@pytest.mark.parametrize("row", [HUMANEVAL, MBPP])
def test_a_saved_data_set_is_read_by_its_columns(tmp_path: Path, row):
    [problem] = read_hub(save(tmp_path / "set", row))
    assert all(passes(problem.reference, module) for module in problem.checks)


def test_a_directory_of_files_is_read(tmp_path: Path):
    (tmp_path / "set" / "data").mkdir(parents=True)
    datasets.Dataset.from_list([HUMANEVAL]).to_parquet(str(tmp_path / "set" / "data" / "test-0.parquet"))
    [problem] = read_hub(str(tmp_path / "set"))
    assert problem.task_id == "HumanEval/900"


def test_a_split_that_is_not_there_is_named_with_those_that_are(tmp_path: Path):
    datasets.DatasetDict({"train": datasets.Dataset.from_list([MBPP])}).save_to_disk(str(tmp_path / "set"))
    with pytest.raises(DataError, match=r"no split 'test'; set problems\.split to one of train"):
        list(read_hub(str(tmp_path / "set")))
    assert len(list(read_hub(str(tmp_path / "set"), "train"))) == 1


def test_unknown_columns_are_named(tmp_path: Path):
    with pytest.raises(DataError, match="no reader for the columns x, y"):
        list(read_hub(save(tmp_path / "set", {"x": 1, "y": 2})))


def test_a_directory_without_data_is_named(tmp_path: Path):
    with pytest.raises(DataError, match="cannot be read"):
        list(read_hub(str(tmp_path)))


def test_an_id_that_occurs_twice_is_named_with_both_rows(tmp_path: Path):
    with pytest.raises(DataError, match=r"\[test\]:2: task_id 'HumanEval/900' is already at .*\[test\]:1"):
        list(read_hub(save(tmp_path / "set", HUMANEVAL, HUMANEVAL)))


CODE = """
import sys
{prepare}
from coderm.errors import InfrastructureError
from coderm.problems.hub import read_hub
try:
    list(read_hub("openai_humaneval"))
except InfrastructureError as error:
    print(error.message)
"""


def report(tmp_path: Path, prepare: str = "", **environment: str) -> str:
    root = Path(__file__).resolve().parents[3]
    env = {**os.environ, "PYTHONPATH": str(root), "HF_HOME": str(tmp_path), **environment}
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(prepare=prepare)], env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_an_offline_hub_says_what_to_do_and_does_not_wait(tmp_path: Path):
    started = time.monotonic()
    text = report(tmp_path, HF_HUB_OFFLINE="1")
    assert "openai/openai_humaneval: the hub cannot be reached" in text
    assert "download its file" in text
    assert time.monotonic() - started < 60


def test_a_missing_package_is_named_with_the_command(tmp_path: Path):
    assert "pip install" in report(tmp_path, prepare="sys.modules['datasets'] = None")
