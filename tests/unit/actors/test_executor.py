"""The executor: which errors of its sandbox end a run, which replace it, and how a block shows that it goes on."""

import contextlib
import threading
from dataclasses import replace

import numpy as np
import pytest

from actors.executor import ExecutorActor
from actors.worker import WorkerDied
from coderm.config.schema import SandboxConfig
from coderm.errors import BlockCancelled, EngineError, ImageChanged, SandboxLost
from coderm.messages.execution import Block, BlockResult, Outcome

BLOCK = Block("b", ("p",), ("t",))
WAIT_S = 30.0
TEST = "import unittest\nclass ACase(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(f(), 1)\n"


class Box:
    """A sandbox in which a block does as it is told."""

    environment = "box"

    def __init__(self, act, alive):
        self.act, self.alive, self.told = act, alive, []

    def start(self):
        pass

    def run(self, block):
        return self.act(self.alive)

    def cancel(self, block_id):
        self.told.append(block_id)

    def close(self):
        pass


def executor(act):
    def make(config, *, run_id, alive):
        return Box(act, alive)

    actor = ExecutorActor(SandboxConfig(type="local"), "run", make=make)
    actor.setup()
    return actor


def raising(error):
    def act(alive):
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (EngineError("the engine does not answer"), WorkerDied),
        (ImageChanged("the image changed"), ImageChanged),
        (SandboxLost("gone"), SandboxLost),
    ],
)
def test_an_engine_that_gives_no_box_is_a_lost_worker_and_not_the_end_of_the_run(error, told):
    with pytest.raises(told, match=error.message):
        executor(raising(error)).execute(BLOCK)


def test_an_engine_that_fails_at_a_late_start_is_a_lost_worker_too():
    def make(config, *, run_id, alive):
        raise EngineError("the engine does not answer")

    with pytest.raises(WorkerDied, match="does not answer"):
        ExecutorActor(SandboxConfig(type="local"), "run", make=make).execute(BLOCK)


def test_signs_of_life_are_counted_while_a_block_runs():
    given, seen = threading.Event(), threading.Event()

    def act(alive):
        alive()
        alive()
        given.set()
        assert seen.wait(WAIT_S)
        return BlockResult(BLOCK.block_id, np.ones((1, 1), np.int8), np.zeros((1, 1), np.float32), np.ones((1, 1), np.int8))

    actor = executor(act)
    assert actor.signs() == 0
    block = threading.Thread(target=actor.execute, args=(BLOCK,))
    block.start()
    assert given.wait(WAIT_S)
    assert actor.signs() == 2
    seen.set()
    block.join(WAIT_S)


@pytest.mark.slow
def test_a_block_is_judged_in_the_environment_it_names_or_not_at_all():
    actor = ExecutorActor(SandboxConfig(type="local"), "run")
    with contextlib.closing(actor):
        actor.setup()
        here = actor.describe().environment
        for named in ("", here):
            block = Block("b", ("def f():\n    return 1\n",), (TEST,), environment=named)
            assert actor.execute(block).outcomes.tolist() == [[Outcome.PASSED]]
        with pytest.raises(ImageChanged, match=f"image changed during the run, from an older one to {here}; run again"):
            actor.execute(Block("b", ("f = 1",), (TEST,), environment="an older one"))


def test_a_block_is_given_up_where_it_runs_and_refused_where_it_comes_later():
    began, ended = threading.Event(), threading.Event()

    def act(alive):
        began.set()
        assert ended.wait(WAIT_S)
        raise BlockCancelled("given up")

    actor, errors = executor(act), []

    def run():
        try:
            actor.execute(BLOCK)
        except BlockCancelled as error:
            errors.append(error.message)

    thread = threading.Thread(target=run)
    thread.start()
    assert began.wait(WAIT_S)
    actor.cancel("another")
    actor.cancel(BLOCK.block_id)
    ended.set()
    thread.join()
    assert actor._sandbox.told == [BLOCK.block_id]
    assert errors == ["given up"]
    with pytest.raises(BlockCancelled, match="before it began"):
        actor.execute(replace(BLOCK, block_id="another"))
