"""The host's side of the protocol, the same for every box: a block goes in, a checked BlockResult comes out."""

import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from coderm.errors import BlockCancelled, DataError, SandboxLost
from coderm.messages.execution import GRADINGS, Block, BlockResult, Outcome
from coderm.sandbox.runner.constants import MAX_TEXT
from coderm.sandbox.runner.transport.frames import FrameError, encode
from coderm.sandbox.wire.channel import Channel
from coderm.sandbox.wire.checked import amount, count
from coderm.sandbox.wire.giving_up import GivingUp

SEND_TIMEOUT_S = 60.0
"""Longest time a box may take to accept a frame."""
SILENCE_GRACE_S = 40.0
"""Beyond the wall limit of a pair: time to kill, to wipe and to start the next one on a busy machine."""

RUNS = 2
"""Most runs of a pair: once among others, once more alone."""


def await_ready(channel: Channel, timeout_s: float) -> dict[str, str]:
    """Wait for the server's greeting: what it runs on."""
    greeting = channel.receive(timeout_s)
    try:
        return {name: str(greeting[name]) for name in ("python", "numpy")}
    except KeyError as error:
        raise SandboxLost(f"the sandbox greeted without {error}; rebuild it with `make image`") from None


def describe(kind: str, digest: str, greeting: dict[str, str], packages: str = "") -> str:
    """Name everything but texts and limits that decides verdicts; equal on all nodes with the same sources and versions.

    packages: digest of the lock of further packages, empty without any.
    """
    versions = f"python-{greeting['python']}:numpy-{greeting['numpy'] or 'none'}"
    return f"{kind}:{digest}:{versions}" + (f":packages-{packages}" if packages else "")


def judging_versions(environment: str) -> dict[str, str]:
    """Versions of the Python, and of the packages beside its standard library, that an environment of `describe` judges with."""
    versions = dict(part.split("-", 1) for part in environment.split(":")[2:])
    return {name: version for name, version in versions.items() if version != "none"}


def run_block(
    channel: Channel, block: Block, alive: Callable[[], None] = lambda: None, giving_up: GivingUp | None = None
) -> BlockResult:
    """Run a block over a channel; `alive` is called for every sign of life.

    Raises SandboxLost when the box dies, falls silent or answers nonsense, BlockCancelled when the block was given up.
    """
    giving_up = giving_up or GivingUp(time.monotonic)
    giving_up.begin(block.block_id)
    started = time.monotonic()
    channel.send(_request(block), SEND_TIMEOUT_S)
    giving_up.sent(block.block_id, lambda frame: channel.send(frame, SEND_TIMEOUT_S))
    try:
        answer = _await_answer(channel, block, started, alive, giving_up)
    finally:
        giving_up.ended()
    channel.expect_nothing_more()
    if answer.get("type") == "cancelled":
        raise BlockCancelled(f"block {block.block_id} was given up")
    return _result(block, answer)


def _await_answer(channel: Channel, block: Block, started: float, alive: Callable[[], None], giving_up: GivingUp) -> dict[str, Any]:
    silence_s = block.limits.wall_s + SILENCE_GRACE_S
    last = started + silence_s * (1 + RUNS * len(block.programs) * len(block.tests))
    while (answer := channel.receive(silence_s)).get("type") == "alive":
        alive()
        giving_up.check()
        if time.monotonic() > last:
            raise SandboxLost(f"block {block.block_id}: the sandbox has been at it for too long; it can be run again in another")
    return answer


def _request(block: Block) -> bytes:
    message = {
        "type": "block",
        "programs": [_sendable(text) for text in block.programs],
        "tests": [_sendable(text) for text in block.tests],
        "limits": asdict(block.limits),
        "grading": block.grading,
        "fallback": block.fallback,
        "details": block.details,
        "canaries": block.last_canaries,
    }
    try:
        return encode({"type": "tests"}) + encode(message)
    except FrameError as error:
        raise DataError(f"block {block.block_id}: {error}; put fewer programs into one block (sandbox.block_pairs)") from None


def _sendable(text: str) -> str | None:
    return text if len(text) <= MAX_TEXT else None


def _result(block: Block, answer: dict[str, Any]) -> BlockResult:
    shape = (len(block.programs), len(block.tests))
    try:
        if answer["type"] != "result":
            raise ValueError(f"a message of type {answer['type']!r}")
        outcomes = _matrix(answer["outcomes"], shape, len(Outcome))
        grading = _matrix(answer["grading"], shape, len(GRADINGS))
        cpu_s = np.asarray([[amount(value) for value in row] for row in answer["cpu_s"]], dtype=np.float32).reshape(shape)
        reruns, flips, endless = (count(answer[name], outcomes.size) for name in ("reruns", "flips", "endless"))
        details = {(count(i, shape[0] - 1), count(j, shape[1] - 1)): str(text) for i, j, text in answer["details"]}
        memory_mb = amount(answer["memory_mb"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise SandboxLost(
            f"block {block.block_id}: the sandbox answered nonsense ({error}); it can be run again in another"
        ) from None
    result = BlockResult(block.block_id, outcomes, cpu_s, grading, details, memory_mb)
    return replace(result, reruns=reruns, flips=flips, endless=endless)


def _matrix(rows: Any, shape: tuple[int, int], codes: int) -> npt.NDArray[np.int8]:
    return np.asarray([[count(code, codes - 1) for code in row] for row in rows], dtype=np.int8).reshape(shape)
