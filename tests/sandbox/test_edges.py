"""Programs at the edge of their limits come out as docs/limits.md says, and harm nobody beside them."""

from dataclasses import replace
from pathlib import Path

import pytest
from edge_programs import EDGES, LIMITS
from pairs import ADD, ADDS, WRONG, case, outcome

from coderm.messages.execution import Block, Outcome

PAGE = Path(__file__).parents[2] / "docs" / "limits.md"
LEAVE = (
    "import os\nfrom multiprocessing import shared_memory, resource_tracker\n"
    "resource_tracker.register = lambda *args: None\n"
    "block = shared_memory.SharedMemory('left', create=True, size=4096)\nblock.buf[0] = 7\n"
    "os.mkdir('/dev/shm/left_too')\nopen('/dev/shm/left_too/x', 'w').close()\n" + ADD
)


@pytest.fixture
def docker_only(kind):
    if kind == "local":
        pytest.skip("local bounds neither processes nor memory")


@pytest.mark.parametrize("kind_of_program", EDGES)
def test_it_comes_out_as_documented(docker_only, sandbox, kind_of_program):
    edge = EDGES[kind_of_program]
    limits = replace(LIMITS, **edge.limits)
    result = sandbox.run(Block("edge", (ADD, edge.program, WRONG), (ADDS,), limits))
    before, found, after = (Outcome(int(code)) for code in result.outcomes[:, 0])
    assert (before, after) == (Outcome.PASSED, Outcome.FAILED)
    assert found in (edge.outcome, edge.or_else)


@pytest.mark.parametrize("kind_of_program", EDGES)
def test_the_page_states_it(kind_of_program):
    edge = EDGES[kind_of_program]
    labels = " or ".join(f"`{each.label}`" for each in (edge.outcome, edge.or_else) if each)
    assert f"| {kind_of_program} | {labels} |" in PAGE.read_text(encoding="utf-8")


def test_shared_memory_of_a_pair_is_gone_for_the_next(docker_only, sandbox):
    assert outcome(sandbox, LEAVE) is Outcome.PASSED
    assert outcome(sandbox, "import os\nseen = os.listdir('/dev/shm')\n", case("self.assertEqual(seen, [])")) is Outcome.PASSED


def test_shared_memory_of_a_program_is_for_its_own_uid(docker_only, sandbox):
    modes = "import os, stat\nmode = stat.S_IMODE(os.stat('/dev/shm/left').st_mode)\n"
    assert outcome(sandbox, LEAVE + modes, case("self.assertEqual(mode, 0o600)")) is Outcome.PASSED
