"""A service in a joined cluster whose command is killed: a watcher ends what stands of it, or the next service does."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from cli import descendants, wait_for
from serving import RIGHT, Service, rewards

TITLES = (
    "ray::ServeController",
    "ray::ProxyActor",
    "ray::ServeReplica",
    "ray::ScoringActor",
    "ray::BankActor",
    "ray::ExecutorActor",
)


def standing(head: subprocess.Popen) -> list[int]:
    return [process.pid for title in TITLES for process in descendants(head.pid, title)]


def watcher(service: Service) -> psutil.Process:
    (found,) = service.processes(f"{sys.executable} -m cluster.service.watcher")
    return found


@pytest.mark.long
def test_what_a_killed_command_left_is_ended_by_the_next_one_or_by_its_watcher(
    tmp_path: Path, ray_cluster: str, ray_head: subprocess.Popen
) -> None:
    joined = ("--set", f"cluster.address={ray_cluster}", "--set", "cluster.executors=1")
    first = Service(tmp_path, *joined).wait()
    stranger = Service(tmp_path / "other", *joined)
    assert stranger.end_by_itself() == 3
    assert "Ray Serve runs in this cluster already" in "".join(stranger.said)
    watcher(first).kill()
    first.end(signal.SIGKILL)
    assert standing(ray_head)
    second = Service(tmp_path, *joined, "--set", f"service.port={first.port}")
    second.port, second.url = first.port, first.url
    second.http.base_url = first.url
    second.wait()
    assert rewards(second.score(RIGHT)) == [(1.0, "scored")]
    assert "whose command was killed" in "".join(second.said)
    watching = watcher(second)
    second.end(signal.SIGKILL)
    wait_for(lambda: not standing(ray_head), "the watcher has ended the application")
    wait_for(lambda: not watching.is_running(), "and then itself")
