"""Clusters that lack something: each costs a run one line with the remedy, and it goes on where it can."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli import wait_for
from faults.engine import engine
from faults.run.field import Field, ready
from faults.run.job import Job
from faults.run.kills import KILLS

from coderm.config.loader import load_service_config

pytestmark = [pytest.mark.docker, pytest.mark.long]
HOST = os.uname().nodename
NOWHERE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="mounts, or starts a Docker engine of its own")
TEXT_BYTES = 200_000
"""Of a text; what is larger than 100 kB goes through Ray's object store."""
HOG = """
import logging, sys, numpy, ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy
ray.init(address=sys.argv[1], logging_level=logging.ERROR, log_to_driver=False)
@ray.remote(num_cpus=0)
class Hog:
    def fill(self):
        self.held = []
        for size in (10_000_000, 1_000_000, 100_000):
            try:
                while True:
                    self.held.append(ray.put(numpy.zeros(size, numpy.uint8)))
            except ray.exceptions.RayError:
                pass
places = [NodeAffinitySchedulingStrategy(node["NodeID"], soft=False) for node in ray.nodes()]
hogs = [Hog.options(scheduling_strategy=place).remote() for place in places]
ray.get([hog.fill.remote() for hog in hogs])
print("full", flush=True)
sys.stdin.read()
"""


def run(job: Job) -> tuple[int, list[str]]:
    """The exit code of the command, and what it told besides its progress."""
    job.start()
    code = job.end()
    assert "Traceback" not in job.said[-1]
    return code, [line for line in job.said[-1].splitlines() if line.startswith("coderm: ")]


def test_a_node_without_docker_judges_nothing_and_the_others_do_its_work(tmp_path: Path) -> None:
    with ready(Field(second=NOWHERE)) as where:
        job = Job(tmp_path, where)
        code, told = run(job)
        assert (code, len(told)) == (0, 1), job.said
        assert told[0].startswith(f"coderm: no executor on {HOST}: the Docker engine does not answer")
        assert "start it with `sudo dockerd` or `make setup`" in told[0]
        assert job.summary()["lost"] == 0
        wait_for(lambda: not where.left(), "nothing is left")


def test_where_no_node_has_docker_the_run_names_one_and_the_remedy(tmp_path: Path) -> None:
    with ready(Field(head=NOWHERE, second=NOWHERE)) as where:
        code, told = run(Job(tmp_path, where))
        assert (code, len(told)) == (3, 1), told
        assert told[0].startswith(f"coderm: {HOST}: the Docker engine does not answer")
        assert "`make setup`" in told[0]


@ROOT_ONLY
@pytest.mark.skipif(not shutil.which("dockerd"), reason="starts a Docker engine of its own")
def test_nodes_with_different_images_are_named_with_what_they_hold(tmp_path: Path) -> None:
    image = load_service_config(None).sandbox.image
    other = "RUN echo '__version__ = \"9.9\"' >>/usr/lib/python3/dist-packages/numpy/__init__.py"
    (tmp_path / "Dockerfile").write_text(f"FROM {image}\n{other}\n")
    with engine(image) as own, ready(Field(second={"DOCKER_HOST": own.host})) as where:
        build = ["docker", "-H", own.host, "build", "-q", "--network=none", "-t", image, str(tmp_path)]
        subprocess.run(build, check=True, capture_output=True, env=os.environ | {"DOCKER_BUILDKIT": "0"})
        code, told = run(Job(tmp_path, where))
        assert (code, len(told)) == (3, 1), told
        assert "the nodes hold different sandbox images" in told[0]
        assert told[0].count(f" on {HOST}") == 2
        assert "run `make image` on all of them" in told[0]


def test_a_full_object_store_slows_a_run_or_is_told_with_the_remedy_and_costs_no_verdict(tmp_path: Path) -> None:
    disk = {"RAY_local_fs_capacity_threshold": "0.0001"}  # as if the disk that Ray spills to were full
    with ready(Field(words=["--object-store-memory=80000000"], head=disk, second=disk)) as where:
        job = Job(tmp_path, where, "--set", "cluster.max_retries=1")
        _pad(tmp_path / "generations.jsonl")
        with _hog(where):
            code, told = run(job)
        remedies = [line for line in told if "Ray's object store had no room" in line]
        assert code == 0 or (code == 3 and "`ray start --object-store-memory`" in remedies[0]), job.said
        assert run(job)[0] == 0, job.said
        assert job.summary()["lost"] == 0


@ROOT_ONLY
def test_a_run_directory_that_is_not_on_the_drivers_node_of_the_cluster_is_named(tmp_path: Path) -> None:
    with ready(Field(within=_without(tmp_path))) as where:
        job = Job(tmp_path, where)
        code, told = run(job)
        assert (code, len(told)) == (3, 1), told
        assert str(job.out) in told[0]
        assert "give --out a directory that both see" in told[0]


@ROOT_ONLY
def test_recorded_generations_that_are_not_on_a_node_are_named(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    with ready(Field(within=_without(tmp_path / "here"))) as where:
        job = Job(tmp_path, where, "--set", f"engines.main.path={tmp_path}/here/generations.jsonl")
        shutil.move(tmp_path / "generations.jsonl", tmp_path / "here")
        code, told = run(job)
        assert (code, len(told)) == (2, 1), told
        assert f"{tmp_path}/here/generations.jsonl" in told[0]
        assert HOST in told[0]


def test_a_head_that_goes_away_is_told_before_ray_ends_the_run(tmp_path: Path) -> None:
    with ready(Field()) as where:
        job = Job(tmp_path, where, "--set", "sandbox.cpu_s=60", "--set", "sandbox.check_cpu_s=60", "--set", "sandbox.wall_s=600")
        job.start()
        wait_for(lambda: job.answers() > 0 or job.over(), "the run is at work")
        where.hold("head")
        assert KILLS["gcs"](where, job)
        assert job.end() != 0
        told = [line for line in job.said[-1].splitlines() if line.startswith("coderm: the head of the cluster")]
        assert len(told) == 1, job.said
        assert "`ray start --head`" in told[0]
        where.mend()
        assert run(job)[0] == 0, job.said
        wait_for(lambda: not where.left(), "nothing is left")


def _without(folder: Path) -> Sequence[str]:
    """A command that runs another one for which a folder is empty."""
    return ["unshare", "--mount", "sh", "-c", f'mount -t tmpfs none "{folder}" && exec "$@"', "sh"]


def _pad(path: Path) -> None:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for row in rows:
        if row["role"] == "policy":
            row["completions"] = [text.replace("\n```", f"\n# {'x' * TEXT_BYTES}\n```") for text in row["completions"]]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


@contextmanager
def _hog(where: Field) -> Iterator[None]:
    """Hold all of the object store."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", HOG, where.address], env=where.env, stdin=pipe, stdout=pipe, text=True) as hog:
        assert hog.stdout is not None
        assert hog.stdout.readline() == "full\n"
        yield
        hog.communicate("")
