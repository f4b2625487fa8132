"""The TRL example trains on our rewards, over HTTP and through Ray, and its rewards are those that rescoring computes."""

import json
import os
import subprocess
import sys

import pytest
from cli import ROOT, command
from serving import TOKEN, service

pytestmark = pytest.mark.slow
TINY = ["--steps", "2", "--generations", "2", "--max-tokens", "16"]
ONE_THREAD = {"OMP_NUM_THREADS": "1"}
"""Two wait for each other at every step of a layer, which takes minutes where other processes hold a core."""


def example(*words, env=None):
    done = subprocess.run(
        [sys.executable, "examples/grpo_trl.py", *TINY, *map(str, words)],
        cwd=ROOT,
        env=os.environ | ONE_THREAD | {"PYTHONPATH": str(ROOT)} | (env or {}),
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if line.startswith("step ")]


def rewards(path):
    rows = map(json.loads, path.read_text("utf-8").splitlines())
    return sorted((row["problem"], row["output"], row["reward"], row["status"]) for row in rows)


@pytest.mark.long
def test_two_steps_on_a_scripted_service(tmp_path):
    steps = example("--through", "scripted", "--rollouts", tmp_path / "rollouts.jsonl")
    assert [step.split(":")[0] for step in steps] == ["step 1", "step 2"]
    assert len(rewards(tmp_path / "rollouts.jsonl")) == 4


def test_two_steps_over_http_are_rescored_to_the_same_rewards(tmp_path):
    log, again = tmp_path / "served.jsonl", tmp_path / "again.jsonl"
    with service(tmp_path, "--set", f"service.rollouts={log}") as running:
        steps = example("--url", running.url, "--rollouts", tmp_path / "mine.jsonl", env={"CODERM_SERVICE_TOKEN": TOKEN})
    assert all(step.endswith("lost 0%") for step in steps)
    subprocess.run(command("rescore", str(log), "--reward", "fraction", "--out", str(again)), cwd=ROOT, check=True, timeout=120)
    assert rewards(tmp_path / "mine.jsonl") == rewards(again)


@pytest.mark.long
def test_two_steps_through_ray_lose_nothing(tmp_path):
    steps = example("--through", "ray", "--sandbox", "local", "--rollouts", tmp_path / "rollouts.jsonl")
    assert all(step.endswith("lost 0%") for step in steps)
    assert {reward for _, _, reward, _ in rewards(tmp_path / "rollouts.jsonl")} <= {n / 10 for n in range(11)} | {0.0}
