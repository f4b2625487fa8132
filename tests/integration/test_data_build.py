"""`coderm data build` from the command line: real Ray, plain sandboxes, recorded generations."""

import asyncio
import json
import signal
import sqlite3
from pathlib import Path

from cli import Started, run, wait_for

from actors.local_build import build_locally
from coderm.config.loader import load_data_config

TEST = "import unittest\n\n\nclass TestF(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(f({0}), {1})\n"
QUESTIONS = ("Add one to what you are given.", "Give a number back that is larger by five.", "Take three away from the argument.")
GOES_ROUND = "def f(x):\n    while True:\n        pass\n"


def fenced(code: str) -> str:
    return f"```python\n{code}```"


def write(folder: Path, address: str) -> Path:
    """Write three problems with their recorded texts, and the configuration; one weak program never ends."""
    rows, texts = [], []
    for place, (question, more) in enumerate(zip(QUESTIONS, (1, 5, -3), strict=True)):
        reference = f"def f(x):\n    return x + {more}\n"
        rows.append({"task_id": f"p/{place}", "question": question, "entry_point": "f", "reference": reference})
        written = {
            "judge": ("coderm", ["Fine.\nANSWER: NO"]),
            "tests": ("coderm", [fenced(TEST.format(1, 1 + more)), fenced(TEST.format(2, 0))]),
            "programs": ("policy", [fenced(reference), fenced(GOES_ROUND)]),
        }
        texts += [
            {"task_id": f"p/{place}|judge" if purpose == "judge" else f"p/{place}", "role": role, "completions": completions}
            for purpose, (role, completions) in written.items()
        ]
    for name, lines in (("rows.jsonl", rows), ("recorded.jsonl", texts)):
        (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    config = folder / "data.toml"
    config.write_text(
        f"""seed = 7
sources = [{{ path = "rows.jsonl", licence = "Apache-2.0" }}]
synthesize = {{ tests = 2, batch = 2, cap = 2 }}
repair = {{ rounds = 0 }}
quality = {{ programs = 2, mutants = 4 }}
sandbox = {{ type = "local" }}
cluster = {{ address = "{address}", executors = 1, executor_cpus = 0.5 }}
[engines.strong]
type = "scripted"
path = "recorded.jsonl"
[engines.weak]
type = "scripted"
path = "recorded.jsonl"
"""
    )
    return config


def answers(out: Path) -> int:
    if not (out / "build.sqlite").exists():
        return 0
    with sqlite3.connect(f"file:{out}/build.sqlite?mode=ro", uri=True) as db:
        try:
            return int(db.execute("select count(*) from answers").fetchone()[0])
        except sqlite3.OperationalError:
            return 0


def test_a_build_that_is_killed_goes_on_to_the_same_data_set(tmp_path: Path, ray_cluster: str) -> None:
    config = write(tmp_path, ray_cluster)
    whole = asyncio.run(build_locally(load_data_config(config, (), {}), tmp_path / "whole", executors=1))
    started = Started("data", "build", str(config), "--out", str(tmp_path / "killed"))
    wait_for(lambda: answers(tmp_path / "killed") > 2, "some questions are answered")
    started.signal(signal.SIGKILL)
    started.end()
    resumed = run("data", "build", str(config), "--out", str(tmp_path / "killed"))
    assert resumed.code == 0, resumed.err
    assert "3 problems, 3 unit tests" in resumed.out
    manifest = json.loads((tmp_path / "killed" / "manifest.json").read_text())
    assert manifest["dataset_sha256"] == whole["dataset_sha256"]
    assert manifest["engines"]["policy"]["backend"] == "scripted"
    other = run("data", "build", str(config), "--out", str(tmp_path / "killed"), "--set", "seed=8")
    assert (other.code, "was made with other settings (seed)" in other.err) == (2, True)


def test_a_dry_run_starts_nothing_and_tells_the_sizes(tmp_path: Path) -> None:
    config = write(tmp_path, "nowhere:1")
    ended = run("data", "build", str(config), "--dry-run")
    assert ended.code == 0, ended.err
    assert [line for line in ended.out.splitlines() if "synthesize" in line and "6" in line]
