"""Commands that have a model write before they judge: `coderm audit --sample`, and a config as a writer of `coderm eval-tests`."""

import json
from pathlib import Path

from cli import run, write_config

from coderm.config.schema import ProblemsConfig
from coderm.problems.load import read_problems

LOCAL = ("--set", 'sandbox.type="local"')


def three_of_four(folder: Path) -> Path:
    """Write three of the four problems that the recording knows."""
    path = folder / "problems.jsonl"
    rows = [
        {"task_id": one.task_id, "question": one.question, "entry_point": one.entry_point, "reference": one.reference,
         "checks": list(one.checks)}
        for one in read_problems(ProblemsConfig(limit=3))
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_an_audit_judges_candidates_that_the_configured_policy_writes(tmp_path: Path, ray_cluster: str) -> None:
    config, problems, out = write_config(tmp_path, ray_cluster), three_of_four(tmp_path), tmp_path / "audit"
    ended = run(
        "audit", str(problems), "--sample", "3", "--config", str(config), "--mutants", "2", "--runs", "1", "--out", str(out), *LOCAL
    )
    assert ended.code == 0, ended.err
    found = json.loads((out / "audit.json").read_text())
    assert (found["problems"], found["programs"]["candidates"], found["counts"]["lost"]) == (3, 9, 0)
    assert (out / "sampled" / "candidates.jsonl").exists()


def test_a_config_is_a_writer_whose_engine_writes_first(tmp_path: Path, ray_cluster: str) -> None:
    config, problems, out = write_config(tmp_path, ray_cluster), three_of_four(tmp_path), tmp_path / "out"
    config.write_text(config.read_text().replace("[sandbox]", '[sandbox]\ntype = "local"'))
    recorded = str(tmp_path / "generations.jsonl")
    ended = run(
        "eval-tests", f"recorded={recorded}", f"live={config}", "--problems", str(problems), "--candidates", recorded,
        "--tests-per-problem", "3", "--mutants", "2", "--out", str(out), *LOCAL,
    )  # fmt: skip
    assert ended.code == 0, ended.err
    writers = json.loads((out / "eval_tests.json").read_text())["writers"]
    assert writers["live"]["valid"]["mean"] == writers["recorded"]["valid"]["mean"] == 1.0
    assert writers["live"]["usable"]["mean"] == 1.0
    assert (out / "written-live" / "tests.jsonl").exists()
