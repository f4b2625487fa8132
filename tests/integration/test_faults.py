"""What dies under load costs no right program its reward, in short; `make faults` kills everything else, too."""

import os
import shutil
import signal
from itertools import count
from pathlib import Path

import pytest
from cli import run, wait_for
from faults.aims import AIMS, DAEMON, Target
from faults.engine import engine, outage
from faults.left import DOCKER, alive, crew, target
from faults.load import Load
from faults.run.__main__ import drawn
from faults.run.field import Alone, field, ready
from faults.run.kills import KILLS
from faults.run.trial import Step, undisturbed
from faults.run.trial import trial as killed_in_run
from faults.trial import trial
from serving import TOKEN, Service

from coderm.config.loader import load_service_config

pytestmark = pytest.mark.docker


@pytest.mark.parametrize("name", ["container", pytest.param("replica", marks=pytest.mark.long)])
def test_what_is_killed_costs_no_right_program_its_reward(tmp_path: Path, name: str) -> None:
    with target(tmp_path) as aim:
        usual = crew(aim)
        row = trial(name, AIMS[name], aim, count())
        assert row.flaws == []
        assert row.found.right + row.found.nulls.total() == row.found.programs
        assert crew(aim) == usual


@pytest.mark.long
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("dockerd"), reason="starts a Docker engine of its own")
def test_a_docker_engine_that_is_killed_costs_no_right_program_its_reward(tmp_path: Path) -> None:
    with engine(load_service_config(None).sandbox.image) as own, target(tmp_path, host=own.host) as aim:
        row = trial(DAEMON, outage(own), aim, count())
        assert row.flaws == []
        assert row.found.right + row.found.nulls.total() == row.found.programs


@pytest.mark.long
def test_a_service_that_is_killed_leaves_nothing_once_its_node_was_swept(tmp_path: Path) -> None:
    aim = Target(Service(tmp_path, *DOCKER).wait())
    load = Load(aim.service.url, TOKEN, deadline_s=20.0).start()
    wait_for(lambda: bool(load.answered), "it is at work")
    aim.look()
    assert aim.service.end(signal.SIGKILL) == -signal.SIGKILL
    wait_for(lambda: not alive(aim), "its processes end with it")
    assert run("gc").code == 0
    assert aim.boxes() == []
    unanswered = [reward for answer in load.stop() for reward in answer.rewards if reward.reward is None]
    assert unanswered
    assert all(reward.status in ("lost", "deadline") and reward.message for reward in unanswered)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [({"DOCKER_HOST": "unix:///nowhere/docker.sock"}, "the Docker engine does not"), ({}, "cluster.executors = 999")],
)
def test_a_service_that_cannot_start_says_why_in_one_line(tmp_path: Path, wrong: dict[str, str], told: str) -> None:
    words = DOCKER if wrong else (*DOCKER, "--set", "cluster.executors=999")
    it = Service(tmp_path, *words, env=wrong)
    assert it.end_by_itself() == 3
    said = [line for line in it.said if line.startswith("coderm: ")]
    assert len(said) == 1, "".join(it.said)
    assert told in said[0]
    assert "Traceback" not in "".join(it.said)


@pytest.mark.long
@pytest.mark.parametrize("names", [("scheduler", "container"), ("raylet", "generator")])
def test_a_run_that_loses_two_of_its_parts_ends_with_the_same_matrix_and_leaves_nothing(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    with field() as where:
        right = undisturbed(tmp_path / "right", where)
        row = killed_in_run([Step(names[0], 0.2), Step(names[1], 0.6)], KILLS, tmp_path / "troubled", where, right)
        assert row.flaws == ()
        assert row.codes[-1] == 0
        assert row.hit


def test_random_kill_schedules_come_again_from_their_seed() -> None:
    first, again, other = (list(drawn(100, seed)) for seed in (7, 7, 8))
    assert first == again != other
    assert {step.name for steps in first for step in steps} == set(KILLS)
    assert all(sorted(step.at for step in steps) == [step.at for step in steps] for steps in first)


def test_a_run_that_is_killed_after_one_of_its_containers_ends_with_the_same_matrix(tmp_path: Path) -> None:
    """In one process, so that it is short; `make faults` kills all else, and the parts of a cluster."""
    with ready(Alone()) as where:
        right = undisturbed(tmp_path / "right", where)
        row = killed_in_run([Step("container", 0.2), Step("driver", 0.5)], KILLS, tmp_path / "troubled", where, right)
        assert (row.flaws, row.hit, row.codes) == ((), 2, (-9, 0))
        assert row.repeated
        nobody = killed_in_run([Step("nobody", 0.5)], {"nobody": lambda _, job: None}, tmp_path / "missed", where, right)
        assert nobody.flaws == ("not hit: nobody at 50%",), "a kill that met nothing is no proof"
