"""Three nodes on one machine: one is killed, one joins while a run goes on, and the matrix is the same."""

import re
from pathlib import Path

import pytest
from cli import wait_for
from faults.run.field import field
from faults.run.job import Job
from faults.run.kills import KILLS

pytestmark = [pytest.mark.docker, pytest.mark.long]
SLOW = (
    *("--set", "cluster.executors=0", "--set", "sandbox.block_pairs=1", "--set", "sandbox.row_timeouts=0"),
    *("--set", "sandbox.cpu_s=1.5", "--set", "sandbox.check_cpu_s=1.5"),
)
"""Loops that cost their limit each, so that nodes come and go while there is work; as many executors as there are CPUs."""


def shares(job: Job) -> dict[str, int]:
    """Calls that executors of each node began."""
    log = (job.out / "run.log").read_text("utf-8")
    nodes = re.findall(r'"call begun" pool=executors .* at=(\w+)', log)
    return {node: nodes.count(node) for node in dict.fromkeys(nodes)}


def test_one_node_is_killed_and_one_joins_while_a_run_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with field() as where:
        peaceful = Job(tmp_path / "peaceful", where, *SLOW)
        peaceful.start()
        assert peaceful.end() == 0, peaceful.said
        right, answers = peaceful.ending(), peaceful.answers()
        job = Job(tmp_path / "troubled", where, *SLOW)
        job.start()
        wait_for(lambda: job.over() or job.answers() >= 0.2 * answers, "the run is at work")
        before = set(shares(job))
        where.add("third")
        wait_for(lambda: job.over() or len(shares(job)) > len(before), "the node that joined is at work")
        joined = (set(shares(job)) - before).pop()
        assert not job.over()
        assert KILLS["raylet"](where, job)
        assert job.end() == 0, job.said
        assert job.ending().differs(right) == []
        assert job.summary()["lost"] == 0
        assert "node proved" in (job.out / "run.log").read_text("utf-8")
        with capsys.disabled():
            calls = shares(job)
            print(f"\nthe node that joined began {calls[joined]} of {sum(calls.values())} calls; {job.ending().repeated} repeated")
        wait_for(lambda: not where.left(), "nothing is left")
