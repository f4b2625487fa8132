"""Both sandboxes behind one fixture; the docker one is skipped only where there is no engine or image."""

import os

import pytest

from coderm.config import SandboxConfig
from coderm.errors import EngineError
from coderm.sandbox.docker import check_image
from coderm.sandbox.engine import connect
from coderm.sandbox.factory import make_sandbox

IMAGE = os.environ.get("CODERM_TEST_IMAGE", SandboxConfig().image)
"""An image of another name lets two checkouts test side by side."""
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


@pytest.fixture(scope="session")
def sandbox(kind):
    """One box for the whole session: whatever one test leaves in it would break the next."""
    with make_sandbox(CONFIGS[kind], run_id="contract") as box:
        yield box


@pytest.fixture
def fresh(kind):
    """A box that is not started."""
    box = make_sandbox(CONFIGS[kind], run_id="contract")
    yield box
    box.close()
