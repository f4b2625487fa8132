"""What engines and boxes that are none answer: texts that differ, and that everything passes but canaries."""

import numpy as np

from coderm.messages.events import Generate, Sampled
from coderm.messages.execution import Block, BlockResult, Outcome
from coderm.messages.samples import Sample

CASE = "import unittest\nclass T(unittest.TestCase):\n    def test_{0}(self):\n        self.assertEqual(f({0}), {0})\n"


def sampled(command: Generate, tokens: int, prompt_tokens: int) -> Sampled:
    """The programs or tests that are asked for. tokens: of each."""
    request = command.request
    numbers = range(request.offset, request.offset + request.n)
    texts = [f"def f(x):\n    return x + {n}\n" if command.role == "policy" else CASE.format(n) for n in numbers]
    return Sampled(command.command_id, tuple(Sample(text, text, text, tokens=tokens) for text in texts), prompt_tokens)


def judged(block: Block, seconds: float) -> BlockResult:
    """A verdict for each pair. seconds: that the box worked."""
    shape = len(block.programs), len(block.tests)
    outcomes = np.full(shape, Outcome.FAILED if block.canaries else Outcome.PASSED, np.int8)
    return BlockResult(block.block_id, outcomes, np.full(shape, 0.01, np.float32), np.zeros(shape, np.int8), seconds=seconds)
