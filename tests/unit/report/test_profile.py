"""Where the time of a run went, from its journal."""

import json

import numpy as np
import pytest
from rich.console import Console

from coderm.errors import DataError
from coderm.messages.events import Executed
from coderm.messages.execution import BlockResult, Outcome
from coderm.report.profile import print_profile, read_profile
from coderm.storage.journal import Journal


@pytest.fixture
def run(tmp_path):
    """A directory of a run with three blocks of 10 s in a box each, two executors, and 20 s of execution."""
    with Journal(tmp_path / "journal.sqlite") as journal:
        for number, kind in enumerate(("checks", "tests", "tests")):
            outcomes = np.array([[Outcome.PASSED, Outcome.TIMEOUT, Outcome.LEFT_OUT]], np.int8)
            cells = np.array([[0.5, 3.0, 0.0]], np.float32), np.array([[1, 0, 0]], np.int8)
            name = f"a|b/{number}|{kind}|0,0|digest"
            journal.append(Executed(name, BlockResult(name, outcomes, *cells, seconds=10.0)))
        journal.set_fact("executors", "2")
        journal.set_fact("busy", json.dumps({"execution": 20.0}))
        journal.set_fact("starts", json.dumps({"engine main": 4.0}))
        journal.set_fact("frame", json.dumps({"input": 1.0, "files": 2.0}))
    return tmp_path


def test_blocks_are_summed_by_what_they_judged(run):
    profile = read_profile(run)
    assert profile.blocks.keys() == {"checks", "tests"}
    tests = profile.blocks["tests"]
    assert (tests.blocks, tests.pairs, tests.left_out, tests.box_s) == (2, 6, 2, 20.0)
    assert (tests.cpu_s, tests.timeout_s) == (7.0, 6.0)
    assert profile.busy == 30.0 / (2 * 20.0)


def test_stages_stand_in_the_order_of_a_run(run):
    assert list(read_profile(run).stages) == [
        "input",
        "start: engine main",
        "execution",
        "allocation",
        "files",
        "wall, without files",
    ]


def test_the_profile_is_printed_and_one_of_nothing_is_refused(run, tmp_path):
    console = Console(record=True, width=120)
    print_profile(run, console)
    assert "2 executors worked 75 %" in console.export_text()
    with pytest.raises(DataError, match="no run directory"):
        print_profile(tmp_path / "none", console)
