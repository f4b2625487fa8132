"""A cluster that is already running: jobs submitted to it, GPUs reserved on it, nothing of ours left on it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli import DASHBOARD_PORT, PATIENCE_S, ROOT, Started, descendants, run, wait_for

RAY = Path(sys.executable).parent / "ray"


def actors_alive(address: str) -> list[str]:
    """Names of the classes of living actors on the cluster."""
    code = (
        "import ray, sys, logging\n"
        "from ray.util.state import list_actors\n"
        f"ray.init(address='{address}', logging_level=logging.ERROR, log_to_driver=False)\n"
        "print('|'.join(a.class_name for a in list_actors(filters=[('state', '=', 'ALIVE')])))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    return [name for name in done.stdout.strip().split("|") if name]


@pytest.mark.docker
@pytest.mark.usefixtures("nothing_left")
def test_a_job_submitted_from_a_bare_checkout_runs_and_leaves_no_actor(config: Path, tmp_path: Path, ray_cluster: str) -> None:
    checkout, out = tmp_path / "checkout", tmp_path / "run"
    checkout.mkdir()
    files = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "launch.py", "coderm", "actors", "cluster", "pyproject.toml"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    for name in files:
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_bytes((ROOT / name).read_bytes())
    command = [str(RAY), "job", "submit", "--address", f"http://127.0.0.1:{DASHBOARD_PORT}", "--working-dir", str(checkout), "--"]
    command += [sys.executable, "launch.py", "run", str(config), "--out", str(out), "--set", "cluster.address=auto"]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}

    def submit() -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=PATIENCE_S)

    done, give_up = submit(), time.monotonic() + PATIENCE_S
    while "No available agent" in done.stderr and time.monotonic() < give_up:  # taken a little later than the dashboard listens
        time.sleep(1)
        done = submit()

    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((out / "summary.json").read_text())["best_of_n"]["coderm"] == 1.0
    wait_for(lambda: not actors_alive(ray_cluster), "no actor is left on the cluster")


@pytest.mark.docker
@pytest.mark.usefixtures("nothing_left")
def test_an_executor_that_is_killed_is_replaced_and_the_matrix_is_complete(config: Path, tmp_path: Path, ray_head) -> None:
    out = tmp_path / "run"
    started = Started("run", str(config), "--out", str(out), "--set", "sandbox.block_pairs=3", "--set", "sandbox.cpu_s=1.0")
    killed: list[int] = []

    def kill_one() -> bool:
        found = descendants(ray_head.pid, "ray::ExecutorActor.execute")
        if found and not killed:
            found[0].kill()
            killed.append(found[0].pid)
        return bool(killed) or started.process.poll() is not None

    wait_for(kill_one, "an executor is at work")
    ended = started.end()

    assert killed
    assert ended.code == 0, ended.err
    summary = json.loads((out / "summary.json").read_text())
    assert summary["lost"] == 0
    assert sum(summary["outcomes"].values()) == 4 * 3 * 3


def test_an_engine_reserves_its_gpus_and_gives_them_back(ray_cluster: str) -> None:
    code = f"""
import ray, logging, time
ray.init(address='{ray_cluster}', logging_level=logging.ERROR, log_to_driver=False)
from cluster.deploy import _gpu_group
strategy, release = _gpu_group(2, 0.0)
print(ray.available_resources().get('GPU', 0.0))
release()
for _ in range(600):
    if ray.available_resources().get('GPU', 0.0) == 2.0:
        break
    time.sleep(0.1)
print(ray.available_resources().get('GPU', 0.0))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    assert done.stdout.split() == ["0.0", "2.0"]


def test_more_gpus_than_the_cluster_has_are_refused_with_the_remedy(tmp_path: Path, ray_cluster: str) -> None:
    path = tmp_path / "c.toml"
    path.write_text(
        f'[problems]\nlimit = 1\n[engines.main]\ntype = "vllm"\nmodel = "smollm2"\ngpus = 3\n[cluster]\naddress = "{ray_cluster}"\n'
    )
    ended = run("run", str(path), "--out", str(tmp_path / "run"))
    assert ended.code == 3
    assert "3 GPU" in ended.err
    assert "gpus = 0" in ended.err
