"""Start, loss and end: typed errors, no container or process left."""

import contextlib
import io
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import docker.errors
import pytest
from pairs import ADD, ADDS, IMAGE, LIMITS, assert_serving

from coderm.config.schema import SandboxConfig
from coderm.errors import EngineError, SandboxLost
from coderm.messages.execution import Block, Outcome
from coderm.sandbox.containers import sweep as gc
from coderm.sandbox.containers.base_image import build
from coderm.sandbox.containers.container import DockerSandbox
from coderm.sandbox.containers.engine import LABEL_EXPIRES, LABEL_OWNER, LABEL_RUN, connect, owner_label, remove_container
from coderm.sandbox.factory import make_sandbox
from coderm.sandbox.self_test import self_test
from coderm.sandbox.wire.client import judging_versions

OWNER = """
import os, sys, time
from coderm.config.schema import SandboxConfig
from coderm.messages.execution import Block, Limits
from coderm.sandbox.factory import make_sandbox
box = make_sandbox(SandboxConfig(type=sys.argv[1], image=sys.argv[3]), run_id="doomed")
box.start()
print(getattr(box, "name", "") or box._process.pid, flush=True)
if sys.argv[2] == "busy":
    box.run(Block("b", ("import time\\nwhile True:\\n    time.sleep(0.2)",), ("",), Limits(wall_s=600.0)))
time.sleep(600)
"""


def until(condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def client(docker_ready):
    client = connect(30.0)
    yield client
    client.close()


def names(client):
    return {name.strip("/") for row in client.containers(all=True) for name in row["Names"]}


def test_close_twice_is_as_good_as_once(fresh):
    fresh.start()
    fresh.close()
    fresh.close()
    with pytest.raises(SandboxLost):
        fresh.run(Block("b", (ADD,), (ADDS,), LIMITS))


def test_closing_what_was_never_started_is_fine(fresh):
    fresh.close()


def test_a_block_that_takes_long_shows_signs_of_life(kind):
    signs = []
    with make_sandbox(SandboxConfig(type=kind, image=IMAGE), run_id="r", alive=lambda: signs.append("alive")) as box:
        box.run(Block("b", ("import time\nwhile True:\n    time.sleep(0.2)",), (ADDS,), replace(LIMITS, wall_s=3.0)))
    assert signs


def test_the_environment_names_sources_and_versions(sandbox, kind):
    assert sandbox.environment.startswith(f"{kind}:")
    assert "python-3." in sandbox.environment


@pytest.mark.parametrize("state", ["idle", "busy"])
def test_a_killed_owner_leaves_nothing(kind, state, docker_alive):
    owner = subprocess.Popen([sys.executable, "-c", OWNER, kind, state, IMAGE], stdout=subprocess.PIPE, text=True)
    with owner:
        name = owner.stdout.readline().strip()
        assert docker_alive(name)
        owner.send_signal(signal.SIGKILL)
    assert until(lambda: not docker_alive(name))


@pytest.fixture
def docker_alive(kind, request):
    if kind == "local":
        return lambda pid: os.path.exists(f"/proc/{pid}")
    client = request.getfixturevalue("client")
    return lambda name: name in names(client)


def test_a_removed_container_is_a_lost_sandbox(client):
    box = DockerSandbox(SandboxConfig(image=IMAGE), run_id="r")
    with box:
        remove_container(client, box.name)
        with pytest.raises(SandboxLost):
            box.run(Block("b", (ADD,), (ADDS,), LIMITS))


def test_a_missing_image_names_the_remedy(client):
    with pytest.raises(EngineError, match="make image"):
        DockerSandbox(SandboxConfig(image="coderm-no-such-image"), run_id="r").start()


def test_an_engine_that_does_not_answer_names_the_remedy(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    with pytest.raises(EngineError, match="make setup"):
        DockerSandbox(SandboxConfig(image=IMAGE), run_id="r").start()


@pytest.mark.docker
def test_every_limit_is_proved_in_the_real_box(docker_ready):
    proof = self_test(SandboxConfig(image=IMAGE))
    assert "no network" in proof.limits
    assert judging_versions(proof.environment).keys() == {"python", "numpy"}


@contextlib.contextmanager
def container(client, labels):
    made = client.create_container(IMAGE, labels=labels, stdin_open=True)["Id"]
    try:
        yield made[:12]
    finally:
        remove_container(client, made)


@pytest.mark.docker
def test_sweep_takes_the_dead_and_the_expired_and_nothing_else(client):
    later, before = str(int(time.time()) + 3600), str(int(time.time()) - 1)
    alive = owner_label()
    host = alive.rsplit(":", 2)[0]
    labels = {
        "foreign": {},
        "alive": {LABEL_OWNER: alive, LABEL_EXPIRES: later, LABEL_RUN: "r"},
        "elsewhere": {LABEL_OWNER: "another:1:1", LABEL_EXPIRES: later, LABEL_RUN: "r"},
        "expired": {LABEL_OWNER: alive, LABEL_EXPIRES: before, LABEL_RUN: "r"},
        "dead": {LABEL_OWNER: f"{host}:{os.getpid()}:1", LABEL_EXPIRES: later, LABEL_RUN: "r"},
    }
    with contextlib.ExitStack() as stack:
        ids = {name: stack.enter_context(container(client, label)) for name, label in labels.items()}
        removed = {item.container: item.reason for item in gc.sweep().removed}
        assert {name: removed.get(id_) for name, id_ in ids.items()} == {
            "foreign": None,
            "alive": None,
            "elsewhere": None,
            "expired": "expired",
            "dead": "owner dead",
        }
        assert ids["dead"] not in {row["Id"][:12] for row in client.containers(all=True)}


@pytest.mark.docker
def test_many_boxes_serve_side_by_side(docker_ready):
    with contextlib.ExitStack() as stack:
        for box in [stack.enter_context(DockerSandbox(SandboxConfig(image=IMAGE), run_id="r")) for _ in range(3)]:
            assert_serving(box)


@pytest.mark.docker
def test_scratch_can_be_written_in_an_image_whose_base_keeps_it_closed(client):
    """A tmpfs takes its mode from the image's directory, whatever mode is asked for."""
    closed, image = "coderm-test-closed", "coderm-test-on-closed"
    try:
        text = io.BytesIO(f"FROM {IMAGE}\nRUN chmod 0755 /tmp\n".encode())
        assert not [line for line in client.build(fileobj=text, tag=closed, rm=True, decode=True) if "error" in line]
        build(image, base_image=closed, force=True)
        with DockerSandbox(SandboxConfig(image=image), run_id="r") as box:
            result = box.run(Block("b", ("open('a', 'w').write('a')\n" + ADD,), (ADDS,), LIMITS))
        assert result.outcomes.tolist() == [[Outcome.PASSED]]
    finally:
        for name in (image, closed):
            with contextlib.suppress(docker.errors.NotFound):
                client.remove_image(name, force=True)
