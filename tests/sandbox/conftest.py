"""Both sandboxes behind one fixture; the docker one is skipped only where there is no engine or image."""

import os
from dataclasses import replace

import pytest
from pairs import IMAGE

from coderm.config.schema import SandboxConfig
from coderm.errors import EngineError
from coderm.sandbox.containers.engine import connect
from coderm.sandbox.containers.package_image import check_image
from coderm.sandbox.factory import make_sandbox

CONFIGS = {"docker": SandboxConfig(type="docker", image=IMAGE), "local": SandboxConfig(type="local")}


def why_no_docker() -> str:
    try:
        client = connect(10.0)
    except EngineError as error:
        return error.message
    try:
        check_image(client, CONFIGS["docker"].image)
    except EngineError as error:
        return error.message
    finally:
        client.close()
    return ""


@pytest.fixture(scope="session")
def docker_ready():
    reason = why_no_docker()
    if reason and os.environ.get("CODERM_REQUIRE_DOCKER") == "1":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="session", params=[pytest.param("docker", marks=pytest.mark.docker), "local"])
def kind(request):
    if request.param == "docker":
        request.getfixturevalue("docker_ready")
    return request.param


class Graded:
    """A started box that grades every block in one way."""

    def __init__(self, box, grading):
        self._box, self.grading = box, grading

    @property
    def environment(self):
        return self._box.environment

    def run(self, block):
        return self._box.run(replace(block, grading=self.grading))


@pytest.fixture(scope="session")
def started(kind):
    """One box for the whole session: whatever one test leaves in it would break the next."""
    with make_sandbox(CONFIGS[kind], run_id="contract") as box:
        yield box


@pytest.fixture(scope="session", params=["shared", "isolated"])
def sandbox(started, request):
    """The box under each grading: outcomes are the same."""
    return Graded(started, request.param)


@pytest.fixture(scope="session")
def isolated(started):
    return Graded(started, "isolated")


@pytest.fixture(scope="session")
def shared(started):
    return Graded(started, "shared")


@pytest.fixture
def fresh(kind):
    """A box that is not started."""
    box = make_sandbox(CONFIGS[kind], run_id="contract")
    yield box
    box.close()
