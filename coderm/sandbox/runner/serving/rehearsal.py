"""Run trusted pairs in the server before it serves, so that forks inherit specialised bytecode and filled type caches.

A fork that specialises for itself copies every page it writes: rehearsing takes a third off the CPU time of a small pair. The texts
are constants of this file; no candidate code ever runs here.
"""

import dataclasses
import os
import socket
import sys

from .. import constants
from ..candidate.server import serve
from ..confinement.box import Box
from ..confinement.limits import PairLimits
from ..confinement.reports import Report
from ..constants import SOLUTION
from ..grading import intake
from ..grading.sealed_store import open_stores
from ..purity.world import World
from ..tester.program_names import plan
from ..tester.run import Task, run_tester
from ..transport.frames import HEADER, decode, encode
from ..unittests.run_module import run_test

ROUNDS = 24
"""CPython 3.11 specialises a function after 8 calls and settles within a few more."""
PROGRAM = "def inc(x):\n    return x + 1\n"
CASE = "import unittest\n\nclass RehearsalCase(unittest.TestCase):\n    def test_it(self):\n        "
BODIES = {
    "assert inc(1) == 2": constants.PASSED,
    "self.assertEqual(inc(1), 2)": constants.PASSED,
    "self.assertTrue(inc(1))": constants.PASSED,
    "assert inc(1) == 3": constants.FAILED,
    "self.assertEqual(inc(1), 3)": constants.FAILED,
    "inc(None)": constants.ERROR,
}


def rehearse() -> None:
    """Run every kind of pair a few times; RuntimeError when one comes out wrong, since then no verdict could be trusted."""
    program, world = compile(PROGRAM, "<solution>", "exec"), World()
    for body, expected in BODIES.items():
        test = compile(CASE + body, "<tests>", "exec")
        for place in range(2 * ROUNDS):
            world.begin(program, test)
            report = run_test(program, test, details=False, proved=place >= ROUNDS)[0]
            if world.changed():
                raise RuntimeError(f"rehearsal of {body!r} changed something")
            if report.outcome != expected:
                raise RuntimeError(f"rehearsal of {body!r} came out as {report}")
    for answering in (True, False):
        _rehearse_isolated(answering=answering)
    del sys.modules[SOLUTION]


def rehearse_intake(box: Box) -> None:
    """Take in a block of a program and a test, to no end."""
    limits = PairLimits(1.0, 1.0, 512, 0, 16, 1, 2, 0.2, 0, 0, True, False)
    texts = {"programs": [PROGRAM], "tests": [CASE + next(iter(BODIES))]}
    told = {"limits": dataclasses.asdict(limits), "grading": "isolated", "canaries": 0}
    stores, null = open_stores(), os.open(os.devnull, os.O_WRONLY)
    intake.take_in(decode(encode(texts | told)[HEADER.size :]), null, False, stores=stores, box=box, serial=0, tick=lambda: None)
    for fd in (*stores, null):
        os.close(fd)


def _rehearse_isolated(*, answering: bool) -> None:
    """Let the two sides of isolated grading talk, the other one in a fork; this process learns the side it takes."""
    ends = [end.detach() for end in socket.socketpair()]
    pid = os.fork()
    answers = answering if pid else not answering
    os.close(ends.pop(0 if answers else 1))
    try:
        wrong = _answer(ends[0]) if answers else _ask(ends[0])
    finally:
        if pid == 0:
            os._exit(0)
        os.close(ends[0])
    os.waitpid(pid, 0)
    if wrong:
        raise RuntimeError(wrong)


def _answer(fd: int) -> str:
    serve([compile(PROGRAM, "<solution>", "exec")], fd, alone=True)
    return ""


def _ask(fd: int) -> str:
    """Run every kind of test from a tester; return what came out wrong."""
    codes_of = {body: compile(CASE + body, "<tests>", "exec") for body in BODIES}
    tests = [Task(code, plan(CASE + body, code)) for body, code in codes_of.items()] * ROUNDS
    reports: list[Report] = []
    for alone in (True, False):
        run_tester(tests, fd, reports.append, details=False, alone=alone)
    expected = list(BODIES.values()) * ROUNDS * 2
    return "" if [report.outcome for report in reports] == expected else "rehearsal of isolated grading came out wrong"
