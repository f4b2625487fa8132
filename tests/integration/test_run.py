"""The main job from the command line: real Ray, real containers, recorded generations."""

import json
import signal
import sqlite3
from pathlib import Path

import httpx
import pyarrow.parquet as pq
import pytest
from cli import DASHBOARD_PORT, Started, containers, run, wait_for, write_config

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("nothing_left")]
FILES = {
    "config.json",
    "journal.sqlite",
    "candidates.jsonl",
    "tests.jsonl",
    "generations.jsonl",
    "labels.jsonl",
    "matrix.parquet",
    "report.html",
    "selected.jsonl",
    "allocation.jsonl",
    "details.jsonl",
    "run.log",
    "log.jsonl",
    "summary.json",
}


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def answers(out: Path) -> int:
    if not (out / "journal.sqlite").exists():
        return 0
    with sqlite3.connect(f"file:{out}/journal.sqlite?mode=ro", uri=True) as db:
        try:
            return int(db.execute("select count(*) from answers").fetchone()[0])
        except sqlite3.OperationalError:
            return 0


def verdicts(out: Path) -> list[tuple]:
    table = pq.read_table(out / "matrix.parquet", columns=["task_id", "candidate", "test", "outcome"]).to_pylist()
    return [tuple(row.values()) for row in table]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, ray_cluster: str) -> Path:
    """An undisturbed run, to compare with; its directory also holds what it printed."""
    folder = tmp_path_factory.mktemp("finished")
    logged = ("--set", 'loggers.to=["jsonl"]')
    ended = run("run", str(write_config(folder, ray_cluster)), "--out", str(folder / "run"), *logged)
    assert ended.code == 0, ended.err
    (folder / "printed.txt").write_text(ended.out)
    return folder


def test_a_run_chooses_the_right_program_of_every_problem_and_writes_every_file(finished: Path) -> None:
    out = finished / "run"
    assert {path.name for path in out.iterdir()} == FILES
    summary = json.loads((out / "summary.json").read_text())
    assert (summary["problems"], summary["candidates"], summary["tests"], summary["lost"]) == (4, 16, 12, 0)
    assert summary["pass_at_1"] == 0.25
    assert summary["pass_at_n"] == 1.0
    assert summary["best_of_n"]["coderm"] == 1.0
    assert summary["rejected"] == {"policy:no_code": 4}
    assert [row["candidate"] for row in lines(out / "selected.jsonl")] == [0] * 4
    assert summary["outcomes"] == {"passed": 12, "failed": 12, "timeout": 8, "left_out": 4}
    assert len(verdicts(out)) == 4 * 3 * 3
    assert "best-of-N, coderm" in (finished / "printed.txt").read_text()


def test_the_log_tells_the_life_of_the_run_and_no_text(finished: Path) -> None:
    log = (finished / "run" / "run.log").read_text()
    told = ("run started", "cluster joined", "node proved", "engines started", "pass finished", "files written", "run finished")
    assert [fact for fact in told if f'"{fact}"' not in log] == []
    assert {part for part in log.split() if part.startswith("process=")} == {"process=driver", "process=scheduler"}
    assert len([line for line in log.splitlines() if '"problem finished"' in line]) == 4
    assert not [word for word in ("def ", "while ", "import ", "unittest", "return") if word in log]


def test_trackers_are_told_of_the_run_and_the_dashboard_how_to_watch_it(finished: Path) -> None:
    events = lines(finished / "run" / "log.jsonl")
    assert [row["event"] for row in events if row["event"] != "progress"] == ["start", "finish", "close"]
    assert events[-2]["figures"]["best_of_n/coderm"] == 1.0
    token = (Path.home() / ".ray" / "auth_token").read_text().strip()
    answer = httpx.get(f"http://127.0.0.1:{DASHBOARD_PORT}/api/jobs/", headers={"Authorization": f"Bearer {token}"}, timeout=60)
    assert f"coderm watch {finished / 'run'}" in [(job["metadata"] or {}).get("watch") for job in answer.json()]


def test_a_report_says_why_one_candidate_was_chosen_and_another_failed(finished: Path) -> None:
    name = lines(finished / "run" / "selected.jsonl")[0]["task_id"]
    ended = run("report", str(finished / "run"), "--why", name)
    assert ended.code == 0, ended.err
    assert "chosen by coderm: candidate 0" in ended.out
    assert "test 0: timeout" in ended.out
    assert "AssertionError" in ended.out or "Error" in ended.out
    wrong = run("report", str(finished / "run"), "--why", name[:-1])
    assert (wrong.code, wrong.err.count("\n")) == (2, 1)
    assert f"nearest: {name}" in wrong.err


def test_running_again_on_the_same_directory_changes_nothing(finished: Path) -> None:
    before = verdicts(finished / "run")

    again = run("run", str(finished / "config.toml"), "--out", str(finished / "run"))

    assert again.code == 0, again.err
    assert verdicts(finished / "run") == before


def test_another_config_is_refused_on_the_same_directory(finished: Path) -> None:
    ended = run("run", str(finished / "config.toml"), "--out", str(finished / "run"), "--set", "seed=5")

    assert ended.code == 2
    assert "seed" in ended.err


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.long), signal.SIGKILL])
def test_a_stopped_run_leaves_nothing_and_resumes_to_the_same_matrix(config: Path, tmp_path: Path, number, finished: Path) -> None:
    out, others = tmp_path / "run", set(containers())
    slow = ("--set", "sandbox.cpu_s=1.0", "--set", "sandbox.check_cpu_s=1.0", "--set", "sandbox.block_pairs=3")
    started = Started("run", str(config), "--out", str(out), *slow)
    wait_for(lambda: answers(out) >= 9 or started.process.poll() is not None, "the first blocks are answered")
    started.signal(number)
    ended = started.end()

    assert ended.code == (-9 if number == signal.SIGKILL else 130), ended.err
    killed = number == signal.SIGKILL  # a spare that was just being made is then left unstarted, for the next sweep
    wait_for(lambda: not set(containers(running=killed)) - others, "no container is left")
    known = answers(out)
    assert run("run", str(config), "--out", str(out), *slow).code == 0
    assert not set(containers()) - others
    assert answers(out) >= known
    assert verdicts(out) == verdicts(finished / "run")


def test_own_candidates_and_tests_are_scored_by_position(config: Path, tmp_path: Path, ray_cluster: str) -> None:
    problems, candidates, tests = tmp_path / "p.jsonl", tmp_path / "c.jsonl", tmp_path / "t.jsonl"
    problems.write_text(
        json.dumps({"task_id": "a/0", "question": "Double x.", "entry_point": "f", "checks": ["assert f(2) == 4"]}) + "\n"
    )
    programs = ["def f(x):\n    return x + x\n", "def f(x):\n    return x\n", "def f(x):\n    return 2 * x\n", "def f(x:\n"]
    candidates.write_text(json.dumps({"task_id": "a/0", "solutions": [*programs, programs[0]]}) + "\n")
    case = "import unittest\nclass T(unittest.TestCase):\n    def test_f(self):\n        self.assertEqual(f({}), {})\n"
    tests.write_text(json.dumps({"task_id": "a/0", "unit_tests": [case.format(3, 6), case.format(0, 0), case.format(3, 6)]}) + "\n")
    out = tmp_path / "run"

    ended = run(
        "score", "--problems", str(problems), "--candidates", str(candidates), "--tests", str(tests), "--out", str(out),
        "--set", f"cluster.address={ray_cluster}",
    )  # fmt: skip

    assert ended.code == 0, ended.err
    rows = {(row[1], row[2]): row[3] for row in verdicts(out)}
    assert len(rows) == 5 * 3
    assert [rows[0, j] for j in range(3)] == ["passed"] * 3
    assert [rows[4, j] for j in range(3)] == ["passed"] * 3
    assert [rows[1, j] for j in range(3)] == ["failed", "passed", "failed"]
    assert {rows[3, j] for j in range(3)} == {"error"}
    assert lines(out / "labels.jsonl")[0]["correct"] == [1, 0, 1, 0, 1]
    assert lines(out / "selected.jsonl")[0]["kept"] == [0, 2, 4]
