"""Programs, tests and helpers of the contract suite."""

import os

from coderm.config.schema import SandboxConfig
from coderm.messages.execution import Block, Limits, Outcome

IMAGE = os.environ.get("CODERM_TEST_IMAGE", SandboxConfig().image)
"""An image of another name lets two checkouts test side by side."""
LIMITS = Limits(cpu_s=2.0, wall_s=60.0, crowds=True)
"""Far from what any honest pair needs, on any machine."""
TIGHT = Limits(cpu_s=0.3, wall_s=60.0, crowds=True)
ADD = "def add(a, b):\n    return a + b\n"
WRONG = "def add(a, b):\n    return a - b\n"


def case(*lines: str, decorator: str = "") -> str:
    """A test module with one case of these lines."""
    body = "".join(f"        {line}\n" for line in lines)
    return f"import unittest\n\nclass GeneratedCase(unittest.TestCase):\n    {decorator}\n    def test_it(self):\n{body}"


ADDS = case("self.assertEqual(add(2, 3), 5)")


def outcome(box, program, test=ADDS, limits=LIMITS):
    result = box.run(Block("b", (program,), (test,), limits))
    return Outcome(int(result.outcomes[0, 0]))


def detail(box, program, test=ADDS, limits=LIMITS):
    result = box.run(Block("b", (program,), (test,), limits, details=True))
    return result.details.get((0, 0), "")


def assert_serving(box):
    """The box still judges honest pairs rightly."""
    result = box.run(Block("after", (ADD, WRONG), (ADDS,), LIMITS))
    assert result.outcomes.tolist() == [[Outcome.PASSED], [Outcome.FAILED]]
