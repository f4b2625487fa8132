"""Three nodes on one machine: one is killed, one joins while a run goes on, and the matrix is the same."""

import re
from pathlib import Path

import pytest
from cli import wait_for
from faults.run.field import Field, field
from faults.run.job import Job
from faults.run.kills import KILLS

pytestmark = [pytest.mark.docker, pytest.mark.long]
SLOW = (
    *("--set", "cluster.executors=0", "--set", "sandbox.block_pairs=1", "--set", "sandbox.row_timeouts=0"),
    *("--set", "sandbox.cpu_s=60", "--set", "sandbox.check_cpu_s=60", "--set", "sandbox.wall_s=600"),
)
"""As many executors as there are CPUs, and limits that no program here reaches."""


def a_job(folder: Path, where: Field) -> Job:
    """The usual job; the program that loops works for some seconds instead, so that nodes come and go while there is work."""
    job = Job(folder, where, *SLOW)
    path = folder / "generations.jsonl"
    path.write_text(path.read_text("utf-8").replace("while True:", "for _ in range(100_000_000):"), "utf-8")
    return job


def shares(job: Job) -> dict[str, int]:
    """Calls that executors of each node began."""
    log = (job.out / "run.log").read_text("utf-8")
    nodes = re.findall(r'"call begun" pool=executors .* at=(\w+)', log)
    return {node: nodes.count(node) for node in dict.fromkeys(nodes)}


def test_one_node_is_killed_and_one_joins_while_a_run_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with field() as where:
        peaceful = a_job(tmp_path / "peaceful", where)
        peaceful.start()
        assert peaceful.end() == 0, peaceful.said
        right = peaceful.ending()
        job = a_job(tmp_path / "troubled", where)
        job.start()
        wait_for(lambda: job.over() or job.answers() > 0, "the run is at work")
        before = set(shares(job))
        where.add("third")
        wait_for(lambda: job.over() or len(shares(job)) > len(before), "the node that joined is at work")
        assert not job.over()
        joined = (set(shares(job)) - before).pop()
        assert KILLS["raylet"](where, job)
        assert job.end() == 0, job.said
        assert job.ending().differs(right) == []
        assert job.summary()["lost"] == 0
        assert "node proved" in (job.out / "run.log").read_text("utf-8")
        with capsys.disabled():
            calls = shares(job)
            print(f"\nthe node that joined began {calls[joined]} of {sum(calls.values())} calls; {job.ending().repeated} repeated")
        wait_for(lambda: not where.left(), "nothing is left")
