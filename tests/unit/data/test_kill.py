"""A build whose process is killed ends in the same data set: real processes, a real sandbox, recorded generations."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from actors.local_build import build_locally
from coderm.config.data import DataConfig
from coderm.config.loader import load_data_config
from coderm.data.records import STAGES, StageName

from .test_build import QUESTIONS, ROWS, TESTS, config_of
from .world import fenced

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 300.0


def recorded(folder: Path) -> DataConfig:
    """Write rows and recorded texts; return settings that name them."""
    rows, texts = folder / "rows.jsonl", folder / "recorded.jsonl"
    rows.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    written = {"judge": ("coderm", ["Fine.\nANSWER: NO"]), "tests": ("coderm", list(TESTS))}
    written["programs"] = ("policy", [fenced(str(row["reference"])) for row in ROWS[:2]])
    lines = [
        {"task_id": f"p/{place}|judge" if purpose == "judge" else f"p/{place}", "role": role, "completions": completions}
        for place in range(len(QUESTIONS))
        for purpose, (role, completions) in written.items()
    ]
    texts.write_text("".join(json.dumps(line) + "\n" for line in lines))
    engine = {"type": "scripted", "path": str(texts)}
    tree = config_of(rows).model_dump(mode="json")
    return DataConfig.model_validate({**tree, "engines": {"strong": engine, "weak": engine}})


def killed(folder: Path, config: DataConfig, stage: str, task_id: str) -> None:
    """Run the build in a process that is killed in a stage."""
    (folder / "config.json").write_text(config.model_dump_json())
    command = [sys.executable, "-m", "tests.unit.data.killed", str(folder), stage, task_id]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr


def built(config: DataConfig, directory: Path) -> dict:
    return asyncio.run(build_locally(config, directory, executors=1))


@pytest.mark.slow
def test_a_killed_process_leaves_a_build_that_goes_on_to_the_same_data_set(tmp_path: Path):
    config = recorded(tmp_path)
    whole = built(config, tmp_path / "whole")
    assert whole["rows"] == 3
    killed(tmp_path, config, StageName.QUALITY, "p/1")
    resumed = built(config, tmp_path / "out")
    assert (resumed["dataset_sha256"], resumed["files"]) == (whole["dataset_sha256"], whole["files"])


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[DataConfig, dict, str]:
    """The example's configuration, the manifest of a whole build, and the last record of its data set."""
    folder = tmp_path_factory.mktemp("example")
    config = load_data_config(ROOT / "examples" / "data_tiny.toml", ["sandbox.type=local"], {})
    whole = built(config, folder)
    return config, whole, json.loads((folder / "sft.jsonl").read_text().splitlines()[-1])["task_id"]


@pytest.mark.long
@pytest.mark.parametrize("stage", STAGES)
def test_the_example_ends_in_one_data_set_whatever_stage_it_is_killed_in(example, tmp_path: Path, stage: str):
    config, whole, last = example
    killed(tmp_path, config, stage, last)
    resumed = built(config, tmp_path / "out")
    assert (resumed["dataset_sha256"], resumed["files"]) == (whole["dataset_sha256"], whole["files"])
