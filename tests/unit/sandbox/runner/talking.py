"""A tester and a candidate that talk, each in a process of its own, without limits around them."""

import os
import socket

from coderm.sandbox.runner import constants
from coderm.sandbox.runner.candidate.server import serve as serve_program
from coderm.sandbox.runner.tester.program_names import plan
from coderm.sandbox.runner.tester.run import Task, run_tester

CASE = "import unittest\nclass C(unittest.TestCase):\n    def test_it(self):\n"


def talk(serve, *tests, looks=False):
    """Grade tests against what `serve` answers on its end of a socket; return reports and the tester's status."""
    ours, theirs = (end.detach() for end in socket.socketpair())
    pid = os.fork()
    if pid == 0:
        try:
            os.close(ours)
            serve(theirs)
        finally:
            os._exit(0)
    os.close(theirs)
    reports = []
    compiled = [(compile(text, "<tests>", "exec"), text) for text in tests]
    planned = [Task(code, plan(text, code), looks) for code, text in compiled]
    status = run_tester(planned, ours, reports.append, details=True, alone=True)
    os.close(ours)
    os.waitpid(pid, 0)
    return reports, status


def case(*lines):
    return CASE + "".join(f"        {line}\n" for line in lines)


def grade(program, *tests):
    code = compile(program, "<solution>", "exec")
    return [report.outcome for report in talk(lambda fd: serve_program([code], fd, alone=True), *tests)[0]]


def assert_passes(program, *lines, top=""):
    code = compile(program, "<solution>", "exec")
    (report,) = talk(lambda fd: serve_program([code], fd, alone=True), top + case(*lines))[0]
    assert (report.outcome, report.detail) == (constants.PASSED, "")


DUNDERS = (
    "eq ne lt le gt ge hash bool len iter next contains getitem call add radd sub rsub mul rmul truediv rtruediv abs round neg int "
    "float index complex floor ceil trunc divmod and or xor getattr instancecheck subclasscheck array array_ufunc array_function "
    "array_interface array_struct reversed format"
)
