"""Isolated grading in a real box: what the candidate's process holds, what falls back, what a session changes."""

import numpy as np
from pairs import ADD, ADDS, LIMITS, WRONG, case, outcome

from coderm.messages.execution import GRADINGS, Block, Limits, Outcome

SEARCH = """
import ctypes, re
def copies():
    pattern = re.compile(b'[m]arker-of-the-tests-5e1f')
    with open('/proc/self/maps') as maps:
        ranges = [line.split()[0].split('-') for line in maps if line.split()[1].startswith('rw')]
    return sum(len(pattern.findall(ctypes.string_at(int(a, 16), int(b, 16) - int(a, 16)))) for a, b in ranges)
"""
"""Looks for a text that is in no program; the pattern itself does not contain it."""


def test_the_tests_are_nowhere_in_the_memory_of_the_candidate(sandbox):
    hidden = case("note = 'marker-of-the-tests-5e1f'", "self.assertEqual(1, 1)")
    look = case("note = 'marker-of-the-tests-5e1f'", "self.fail(f'copies={copies()}')")
    block = Block("b", (ADD, SEARCH), (hidden, hidden, look, look), LIMITS, details=True)
    told = sandbox.run(block).details
    counts = [int(told[1, test].partition("copies=")[2].split()[0]) for test in (2, 3)]
    assert counts == [0, 0] if sandbox.grading == "isolated" else min(counts) > 0


def test_a_test_that_cannot_be_isolated_falls_back_and_says_so(isolated):
    patched = "import inspect\n" + case("self.assertTrue(inspect.isfunction(add))")
    result = isolated.run(Block("b", (ADD, WRONG), (ADDS, patched), LIMITS))
    assert (result.grading == [[GRADINGS.index("isolated"), GRADINGS.index("shared")]] * 2).all()
    assert result.outcomes.tolist() == [[Outcome.PASSED, Outcome.PASSED], [Outcome.FAILED, Outcome.PASSED]]


def test_without_the_fallback_it_is_unserved_and_says_why(isolated):
    patched = "import inspect\ninspect.stack()\n" + ADDS
    result = isolated.run(Block("b", (ADD,), (patched,), LIMITS, details=True, fallback=False))
    assert result.outcomes.tolist() == [[Outcome.UNSERVED]]
    assert "cannot be graded in isolation" in result.details[(0, 0)]
    assert (result.grading == GRADINGS.index("isolated")).all()


def test_a_program_cannot_bring_the_fallback_about(isolated):
    program = "import unittest.mock\nfrom unittest.mock import patch\n" + ADD
    result = isolated.run(Block("b", (program,), (ADDS,), LIMITS))
    assert (result.grading == GRADINGS.index("isolated")).all()


def test_a_candidate_that_never_answers_meets_the_wall_limit(isolated):
    assert outcome(isolated, "import time\ndef add(a, b):\n    time.sleep(600)\n", limits=Limits(wall_s=0.5)) is Outcome.TIMEOUT
    assert outcome(isolated, ADD) is Outcome.PASSED


def test_cpu_time_of_the_candidate_counts(isolated):
    assert outcome(isolated, "def add(a, b):\n    while True:\n        pass\n", limits=Limits(cpu_s=0.3)) is Outcome.TIMEOUT


def test_sessions_change_no_outcome(isolated):
    programs = (
        ADD,
        WRONG,
        "seen = []\ndef add(a, b):\n    seen.append(a)\n    return a + b if len(seen) == 1 else 0\n",
        "def add(a, b):\n    return add(a, b)\n",
        "def add(a, b):\n    if a == 3:\n        raise MemoryError\n    return a + b\n",
        "1 / 0\n",
    )
    tests = tuple(case(f"self.assertEqual(add({n}, 1), {n + 1})") for n in range(6))
    together = isolated.run(Block("b", programs, tests, Limits(cpu_s=2.0, sessions=True, crowds=True)))
    alone = isolated.run(Block("b", programs, tests, Limits(cpu_s=2.0, sessions=False)))
    assert (together.outcomes == alone.outcomes).all()
    assert np.unique(alone.outcomes).size == 4


def test_two_uids_and_no_verdict_pipe(isolated, kind):
    if kind == "local":
        return
    program = "import os\ndef mine():\n    return os.getuid(), sorted(os.listdir('/proc/self/fd'))\n"
    look = case("import os", "uid, fds = mine()", "self.assertNotEqual(uid, os.getuid())", "self.assertNotIn('5', fds)")
    assert outcome(isolated, program, look) is Outcome.PASSED


def test_heavy_modules_are_warm_only_in_a_block_that_names_them(isolated):
    program = "import sys\ndef add(a, b):\n    return a + b if 'unittest.mock' in sys.modules else 0\n"
    assert outcome(isolated, program.replace("unittest.mock", "unittest.mo' 'ck")) is Outcome.FAILED
    assert outcome(isolated, program) is Outcome.PASSED
