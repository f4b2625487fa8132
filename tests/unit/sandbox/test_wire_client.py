"""What a box answers to a block is checked: nonsense of any kind is a loss, never a crash and never a verdict."""

import os
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderm.errors import SandboxLost
from coderm.messages.execution import Block, Limits, Outcome
from coderm.sandbox.runner.transport.frames import encode
from coderm.sandbox.wire.channel import Channel, Plain
from coderm.sandbox.wire.client import describe, judging_versions, run_block

BLOCK = Block("b", ("p",), ("t",), Limits(wall_s=0.1))
GOOD = {
    "type": "result",
    "outcomes": [[1]],
    "grading": [[1]],
    "cpu_s": [[0.5]],
    "reruns": 0,
    "flips": 0,
    "endless": 0,
    "details": [],
    "memory_mb": 3.5,
}


def answered(data, alive=lambda: None):
    """Run a block against a box that answers with these bytes."""
    inbound, box_out = os.pipe()
    box_in, outbound = os.pipe()
    try:
        os.write(box_out, data)
        os.close(box_out)
        return run_block(Channel(inbound, outbound, Plain(), "b"), BLOCK, alive)
    finally:
        for fd in (inbound, box_in, outbound):
            os.close(fd)


def test_a_good_answer_is_a_result():
    result = answered(encode({"type": "alive"}) + encode(GOOD))
    assert (result.outcomes.tolist(), result.cpu_s.tolist(), result.memory_mb) == ([[Outcome.PASSED]], [[np.float32(0.5)]], 3.5)


def test_every_sign_of_life_is_passed_on():
    signs = []
    answered(2 * encode({"type": "alive"}) + encode(GOOD), lambda: signs.append("alive"))
    assert signs == ["alive"] * 2


@pytest.mark.parametrize(
    "change",
    [
        {"type": "passed"},
        {"outcomes": [[1.5]]},
        {"outcomes": [[True]]},
        {"outcomes": [[len(Outcome)]]},
        {"outcomes": [[-1]]},
        {"outcomes": [[10**400]]},
        {"outcomes": [["1"]]},
        {"outcomes": [[1, 1]]},
        {"outcomes": []},
        {"outcomes": None},
        {"outcomes": {"0": [1]}},
        {"grading": [[2]]},
        {"cpu_s": [[float("nan")]]},
        {"cpu_s": [[float("inf")]]},
        {"cpu_s": [[-1.0]]},
        {"cpu_s": [[10**400]]},
        {"cpu_s": [[None]]},
        {"reruns": 2},
        {"reruns": float("inf")},
        {"reruns": -1},
        {"flips": 10**30},
        {"details": [[0, 1, "x"]]},
        {"details": [[-1, 0, "x"]]},
        {"details": [[0, 0]]},
        {"memory_mb": float("nan")},
        {"memory_mb": 10**400},
        {"memory_mb": "3"},
    ],
)
def test_nonsense_is_a_loss(change):
    with pytest.raises(SandboxLost):
        answered(encode(GOOD | change))


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_part_is_a_loss(name):
    with pytest.raises(SandboxLost):
        answered(encode({key: value for key, value in GOOD.items() if key != name}))


def test_more_than_one_answer_is_a_loss_lest_the_second_answers_the_next_question():
    with pytest.raises(SandboxLost):
        answered(encode(GOOD) + encode(GOOD))
    with pytest.raises(SandboxLost):
        answered(encode(GOOD) + b"x")


@given(st.binary(max_size=200))
def test_no_bytes_are_a_verdict(data):
    with pytest.raises(SandboxLost):
        answered(struct.pack(">I", len(data)) + data)


def test_an_environment_tells_which_python_and_which_packages_judge():
    named = describe("docker", "abc", {"python": "3.11.2", "numpy": "1.24.2"})
    assert judging_versions(named) == {"python": "3.11.2", "numpy": "1.24.2"}
    assert judging_versions(describe("local", "abc", {"python": "3.13.0rc1", "numpy": ""})) == {"python": "3.13.0rc1"}
    assert judging_versions("") == {}
