"""A job's frame: what happens where nothing is left to do. Importing ray fails here, so starting it would, too."""

import json
import subprocess

import pytest
from builders import a_result

from cluster.inputs import check_inputs
from cluster.run import run_job
from coderm.config.loader import parse_config
from coderm.errors import StorageError
from coderm.scheduling.roles import UserFiles
from coderm.storage.journal import Journal
from coderm.storage.run_directory import RunDirectory


@pytest.fixture
def job(tmp_path):
    """A config of two problems and a file of candidates for them."""
    rows = [{"task_id": f"p/{number}", "question": "Add."} for number in range(2)]
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    answers = [{"task_id": row["task_id"], "solutions": ["def f():\n    return 1\n"]} for row in rows]
    (tmp_path / "c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in answers))
    tests = [{"task_id": row["task_id"], "unit_tests": ["assert f()"]} for row in rows]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in tests))
    problems = {"source": "jsonl", "path": str(tmp_path / "p.jsonl")}
    config = parse_config({"problems": problems, "cluster": {"address": "ray"}}, "test")
    return config, UserFiles(tmp_path / "c.jsonl", tmp_path / "t.jsonl")


def finish(job, out, results):
    config, files = job
    with RunDirectory(out).claimed(check_inputs(config, files).identity, {}), Journal(out / "journal.sqlite") as journal:
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


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 8 MiB, enough for the page of a run; only root can mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("mounting a file system needs root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)  # fails when a file was left open


def fill(disk, left):
    """Take all of the disk but so many KiB."""
    with (disk / "filler").open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            file.truncate(file.tell() - left * 1024)


@pytest.mark.parametrize("left", [0, 4, 8, 12, 16, 24])
def test_on_a_full_disk_a_run_ends_with_one_line_and_leaves_nothing_half_written(job, small_disk, left):
    out = small_disk / "run"
    finish(job, out, [a_result(0, "p/0"), a_result(1, "p/1")])
    fill(small_disk, left)
    with pytest.raises(StorageError) as caught:
        run_job(job[0], out, job[1])
    assert caught.value.exit_code == 3
    assert "free some disk space" in caught.value.message
    assert "\n" not in caught.value.message
    assert not (out / "summary.json").exists()
    assert not list(out.glob(".*"))
    for path in out.glob("*.jsonl"):
        assert len([json.loads(line) for line in path.read_text().splitlines()]) >= 2

    (small_disk / "filler").unlink()
    assert run_job(job[0], out, job[1])["unfinished"] == 0


def test_a_new_run_on_a_full_disk_leaves_no_directory(job, small_disk):
    fill(small_disk, 4)
    with pytest.raises(StorageError, match="free some disk space"):
        run_job(job[0], small_disk / "run", job[1])
    assert not (small_disk / "run").exists()
