"""Judges pairs by plain Python, as one would by hand: program and test in one module, run by unittest in a fresh process.

Reads [[task, programs, tests], ...] from stdin and writes {task: [a text per program, a character per test]}. Nothing is
protected: for the project's own pairs only. What the programs import is imported before the forks, for their speed.
"""

import csv  # noqa: F401
import dataclasses  # noqa: F401
import decimal  # noqa: F401
import enum  # noqa: F401
import fractions  # noqa: F401
import io
import json
import logging  # noqa: F401
import os
import pathlib  # noqa: F401
import resource
import sqlite3  # noqa: F401
import sys
import tempfile
import types
import typing  # noqa: F401
import unittest

SECONDS = 5
BYTES = 1 << 30
"""Far above what a pair needs: a slip of an author ends as a pair that does not pass."""


def passes(program: str, test: str) -> bool:
    """Run one pair here: every case must succeed, and there must be one."""
    module = types.ModuleType("solution")
    sys.modules["solution"] = module
    sys.stdout = sys.stderr = io.StringIO()
    try:
        exec(compile(program, "solution.py", "exec"), module.__dict__)
        exec(compile(test, "test_solution.py", "exec"), module.__dict__)
        suite = unittest.defaultTestLoader.loadTestsFromModule(module)
        result = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
    except Exception:  # noqa: BLE001 - a pair that raises does not pass, whatever it raises
        return False
    return result.testsRun > 0 and result.wasSuccessful() and not result.skipped


def forked(program: str, test: str) -> bool:
    """Run one pair in a child process, in a directory of its own."""
    with tempfile.TemporaryDirectory() as folder:
        child = os.fork()
        if child == 0:
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
            resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
            os.chdir(folder)
            os._exit(0 if passes(program, test) else 1)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


if __name__ == "__main__":
    tasks = json.load(sys.stdin)
    verdicts = {
        task: ["".join("01"[forked(program, test)] for test in tests) for program in programs] for task, programs, tests in tasks
    }
    json.dump(verdicts, sys.stdout)
