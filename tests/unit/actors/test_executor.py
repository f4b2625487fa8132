"""The executor as a plain class, over the local sandbox."""

import contextlib

import pytest

from actors.executor import ExecutorActor
from coderm.config import SandboxConfig
from coderm.errors import EngineError
from coderm.messages import Block, Outcome

TEST = "import unittest\nclass ACase(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(f(), 1)\n"


def test_a_block_is_judged_in_the_environment_it_names_or_not_at_all():
    actor = ExecutorActor(SandboxConfig(type="local"), "run")
    with contextlib.closing(actor):
        actor.setup()
        here = actor.describe().environment
        for named in ("", here):
            block = Block("b", ("def f():\n    return 1\n",), (TEST,), environment=named)
            assert actor.execute(block).outcomes.tolist() == [[Outcome.PASSED]]
        with pytest.raises(EngineError, match=f"image changed during the run, from an older one to {here}; run again"):
            actor.execute(Block("b", ("f = 1",), (TEST,), environment="an older one"))
