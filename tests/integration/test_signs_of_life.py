"""A block that takes longer than the stall limit does not end a run while it goes on."""

import json
from pathlib import Path

import pyarrow.parquet as pq
from cli import run

SLEEPS = "import time\ntime.sleep(60)\n# {}\n"
SUITE = "import unittest\nclass T(unittest.TestCase):\n    def test_f(self):\n        self.assertEqual(f(1), 1)\n"


def test_programs_that_sleep_for_longer_than_the_stall_limit_do_not_end_the_run(tmp_path: Path) -> None:
    """Three programs, four seconds each, under a stall limit of eight; of their own cluster, since it needs no container."""
    texts = {
        "problems": {"task_id": "a/0", "question": "Return x.", "entry_point": "f"},
        "candidates": {"task_id": "a/0", "solutions": [SLEEPS.format(number) for number in range(3)]},
        "tests": {"task_id": "a/0", "unit_tests": [SUITE]},
    }
    arguments = []
    for name, row in texts.items():
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
        arguments += [f"--{name}", str(tmp_path / f"{name}.jsonl")]
    for setting in (
        "cluster.address=ray", "sandbox.type=local", "sandbox.wall_s=4", "cluster.stall_timeout_s=8", "cluster.executors=1",
    ):  # fmt: skip
        arguments += ["--set", setting]
    ended = run("score", *arguments, "--out", str(tmp_path / "run"))
    assert ended.code == 0, ended.out + ended.err
    table = pq.read_table(tmp_path / "run" / "matrix.parquet")
    assert table["outcome"].to_pylist() == ["timeout"] * 3
