"""Fresh containers under real work: exchanged beside it, judged alike, none left."""

import secrets

import numpy as np
import pytest
from pairs import ADD, ADDS, IMAGE, LIMITS, WRONG

from coderm.config.schema import SandboxConfig
from coderm.messages.execution import Block, Outcome
from coderm.sandbox.containers.engine import LABEL_RUN, connect
from coderm.sandbox.factory import make_recycling_sandbox
from coderm.sandbox.recycling.sandbox import RecyclingSandbox

BLOCK = Block("b", (ADD, WRONG), (ADDS,), LIMITS)
FORGED = "import os\nfor fd in range(3, 40):\n    try:\n        os.write(fd, b'x' * 64)\n    except OSError:\n        pass\n"
"""Writes to every descriptor, the verdict pipe among them."""


@pytest.fixture
def client(docker_ready):
    client = connect(30.0)
    yield client
    client.close()


def mine(client, run_id):
    return {row["Id"] for row in client.containers(all=True, filters={"label": f"{LABEL_RUN}={run_id}"})}


def config(**changes):
    return SandboxConfig(image=IMAGE, **changes)


@pytest.mark.docker
def test_containers_are_exchanged_between_blocks_and_none_is_left(client):
    run_id = secrets.token_hex(6)
    seen, recycled = set(), []
    with make_recycling_sandbox(config(recycle_blocks=1), run_id=run_id) as sandbox:
        environment = sandbox.environment
        for _ in range(40):
            result = sandbox.run(BLOCK)
            assert result.outcomes.tolist() == [[Outcome.PASSED], [Outcome.FAILED]]
            recycled.append(result.recycled)
            seen |= mine(client, run_id)
            if recycled.count("blocks") >= 2:
                break
            assert isinstance(sandbox, RecyclingSandbox)
            sandbox._spare.exception(60.0)
        assert sandbox.environment == environment
    assert recycled.count("blocks") == 2
    assert len(seen) >= 3
    assert mine(client, run_id) == set()


@pytest.mark.docker
def test_a_container_tells_its_memory_which_stays_where_it_was(client):
    with make_recycling_sandbox(config(), run_id=secrets.token_hex(6)) as sandbox:
        hungry = "data = bytearray(64 << 20)\n" + ADD
        told = [sandbox.run(Block("b", (hungry,), (ADDS,), LIMITS)).memory_mb for _ in range(4)]
    assert min(told) > 1
    assert max(told) - min(told) < 16


@pytest.mark.docker
def test_after_a_tampered_pair_the_next_block_runs_in_another_container(client):
    run_id = secrets.token_hex(6)
    with make_recycling_sandbox(config(), run_id=run_id) as sandbox:
        first = sandbox.run(Block("b", (FORGED + ADD,), (ADDS,), LIMITS))
        assert np.any(first.outcomes == Outcome.TAMPERED)
        assert sandbox.run(BLOCK).recycled == "tampered"
    assert mine(client, run_id) == set()
