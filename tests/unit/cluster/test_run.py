"""A job's frame: what happens where nothing is left to do. Importing ray fails here, so starting it would, too."""

import json

import pytest
from builders import a_result

from cluster.inputs import Files, absolute, examine
from cluster.run import run_job
from coderm.journal import Journal
from coderm.rundir import RunDirectory
from coderm.settings import parse_config


@pytest.fixture
def job(tmp_path):
    """A config of two problems and a file of candidates for them."""
    rows = [{"task_id": f"p/{number}", "question": "Add."} for number in range(2)]
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    answers = [{"task_id": row["task_id"], "solutions": ["def f():\n    return 1\n"]} for row in rows]
    (tmp_path / "c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in answers))
    tests = [{"task_id": row["task_id"], "unit_tests": ["import unittest\n"]} for row in rows]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in tests))
    config = parse_config({"problems": {"source": "jsonl", "path": str(tmp_path / "p.jsonl")}}, "test")
    return config, Files(tmp_path / "c.jsonl", tmp_path / "t.jsonl")


def finish(job, out, results):
    config, files = job
    with RunDirectory(out).claimed(examine(absolute(config), files).identity, {}), Journal(out / "journal.sqlite") as journal:
        for result in results:
            journal.finish(result)


def test_a_finished_directory_gets_its_files_written_anew_and_nothing_is_started(job, tmp_path):
    out = tmp_path / "run"
    finish(job, out, [a_result(0, "p/0"), a_result(1, "p/1")])
    summary = run_job(job[0], out, job[1])
    assert (summary["problems"], summary["unfinished"]) == (2, 0)
    assert json.loads((out / "summary.json").read_text()) == summary


@pytest.mark.parametrize("results", [[a_result(0, "p/0")], [a_result(0, "p/0"), a_result(1, "p/1", lost=("x: gone",))]])
def test_with_a_problem_missing_or_lost_there_is_work_to_do(job, tmp_path, results):
    finish(job, tmp_path / "run", results)
    with pytest.raises(ImportError, match="ray"):
        run_job(job[0], tmp_path / "run", job[1])
