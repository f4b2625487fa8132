"""Runs that one process carries: which do, and that one ends with its verdicts and leaves nothing. Importing ray fails here."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest

from cluster.alone import MOST_EXECUTORS, does_alone
from cluster.connect import cluster_runs
from cluster.run import run_job
from coderm.config.loader import parse_config
from coderm.config.schema import ClusterConfig, ScriptedEngine, VllmEngine
from coderm.scheduling.roles import UserFiles

ROOT = Path(__file__).resolve().parents[3]
SUITE = "import unittest\nclass T(unittest.TestCase):\n    def test_f(self):\n        self.assertEqual(f({0}), {0})\n"
RIGHT, WRONG, SLEEPS = "def f(x):\n    return x\n", "def f(x):\n    return 1\n", "import time\ntime.sleep(600)\n"


def alone(*engines, environ=None, **cluster):
    return does_alone(ClusterConfig(**{"address": "local", "executors": 2} | cluster), engines, environ or {})


def test_one_process_does_for_few_executors_and_at_most_one_engine_on_the_cpu():
    cpu = VllmEngine(model="m")
    assert alone()
    assert alone(ScriptedEngine(path="r.jsonl"), cpu)
    assert not alone(cpu, VllmEngine(model="n"))
    assert not alone(VllmEngine(model="m", replicas=2))
    assert not alone(VllmEngine(model="m", gpus=1))
    assert not alone(executors=MOST_EXECUTORS + 1)


def test_a_cluster_that_is_asked_for_is_used():
    assert not alone(address="ray")
    assert not alone(address="127.0.0.1:6379")
    assert not alone(address="auto", environ={"RAY_ADDRESS": "127.0.0.1:1"})


def test_a_cluster_runs_where_the_note_of_ray_start_names_one_that_listens(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert not cluster_runs({})
    (tmp_path / "ray").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        note = tmp_path / "ray" / "ray_current_cluster"
        note.write_text(f"127.0.0.1:{listening.getsockname()[1]}\n")
        assert cluster_runs({})
    assert not cluster_runs({})
    note.write_text("")
    assert not cluster_runs({})


@pytest.fixture
def given(tmp_path):
    """Files of one problem with programs, by name."""

    def write(*programs):
        texts = {
            "problems": {"task_id": "a/0", "question": "Return x.", "entry_point": "f", "checks": ["assert f(3) == 3"]},
            "candidates": {"task_id": "a/0", "solutions": list(programs)},
            "tests": {"task_id": "a/0", "unit_tests": [SUITE.format(1), SUITE.format(2)]},
        }
        for name, row in texts.items():
            (tmp_path / f"{name}.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
        return {name: tmp_path / f"{name}.jsonl" for name in texts}

    return write


@pytest.mark.slow
def test_a_run_in_one_process_judges_and_leaves_no_process(given, tmp_path):
    files = given(RIGHT, WRONG)
    settings = {
        "problems": {"source": "jsonl", "path": str(files["problems"])},
        "sandbox": {"type": "local"},
        "cluster": {"address": "local", "executors": 2},
    }
    before = set(psutil.Process().children(recursive=True))
    summary = run_job(parse_config(settings, "test"), tmp_path / "run", UserFiles(files["candidates"], files["tests"]))
    assert (summary["lost"], summary["pairs"]) == (0, 4)
    table = pq.read_table(tmp_path / "run" / "matrix.parquet")
    assert table["outcome"].to_pylist() == ["passed", "passed", "passed", "failed"]
    assert "one process carries the run" in (tmp_path / "run" / "run.log").read_text()
    assert set(psutil.Process().children(recursive=True)) <= before


@pytest.mark.slow
def test_an_interrupt_ends_what_runs_and_leaves_no_process(given, tmp_path):
    named = [part for name, path in given(SLEEPS).items() for part in (f"--{name}", str(path))]
    settings = ("cluster.address=local", "sandbox.type=local", "sandbox.wall_s=500", "cluster.executors=1")
    more = [part for setting in settings for part in ("--set", setting)]
    command = [sys.executable, str(ROOT / "launch.py"), "score", *named, *more, "--out", str(tmp_path / "run")]
    run = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE)
    log = tmp_path / "run" / "run.log"
    while not (log.exists() and "pass started" in log.read_text()):
        time.sleep(0.05)
    children = psutil.Process(run.pid).children(recursive=True)
    run.send_signal(signal.SIGTERM)  # the first Ctrl-C lets finish what runs
    assert run.wait(120) == 130
    assert run.stderr is not None
    assert b"the same command resumes" in run.stderr.read()
    run.stderr.close()
    psutil.wait_procs(children, 10)
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
