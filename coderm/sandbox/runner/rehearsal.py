"""Run trusted pairs in the server before it serves, so that forks inherit specialised bytecode and filled type caches.

A fork that specialises for itself copies every page it writes: rehearsing takes a third off the CPU time of a small pair. The texts
are constants of this file; no candidate code ever runs here.
"""

import sys

from . import codes
from .examine import SOLUTION, examine
from .report import Report, Reporter

ROUNDS = 24
"""CPython 3.11 specialises a function after 8 calls and settles within a few more."""
PROGRAM = "def inc(x):\n    return x + 1\n"
CASE = "import unittest\n\nclass RehearsalCase(unittest.TestCase):\n    def test_it(self):\n        "
BODIES = {
    "assert inc(1) == 2": codes.PASSED,
    "self.assertEqual(inc(1), 2)": codes.PASSED,
    "self.assertTrue(inc(1))": codes.PASSED,
    "assert inc(1) == 3": codes.FAILED,
    "self.assertEqual(inc(1), 3)": codes.FAILED,
    "inc(None)": codes.ERROR,
}


class _Listener(Reporter):
    """Keeps the report instead of sending it."""

    def __init__(self) -> None:
        super().__init__(-1, b"")
        self.report: Report | None = None

    def send(self, report: Report) -> None:
        """Keep the report."""
        self.report = report


def rehearse() -> None:
    """Run every kind of pair a few times; RuntimeError when one comes out wrong, since then no verdict could be trusted."""
    program = compile(PROGRAM, "<solution>", "exec")
    for body, expected in BODIES.items():
        test = compile(CASE + body, "<tests>", "exec")
        for _ in range(ROUNDS):
            listener = _Listener()
            examine(program, test, listener, details=False)
            if listener.report is None or listener.report.outcome != expected:
                raise RuntimeError(f"rehearsal of {body!r} came out as {listener.report}")
    del sys.modules[SOLUTION]
