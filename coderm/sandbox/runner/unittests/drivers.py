"""Executes a test module that may run its own tests at import, as an unguarded `unittest.main()` does: such a run does nothing.

A runner runs every test twice, and `unittest.main()` ends the process. Where the module ends by `sys.exit()` its cases still run.
"""

import sys
import traceback
import unittest
from types import CodeType
from typing import Any

from ..constants import TESTS_FILE

_FILES = (TESTS_FILE, "<frozen _sitebuiltins>")
"""Files of the frames of an end that is the test's own; `exit` is of the second."""


class _Run:
    """A run of nothing, which was successful."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.result = unittest.TestResult()


def execute(code: CodeType, names: dict[str, Any]) -> None:
    """Execute a test module. Whatever it raises rises, but for an end of its own that tells of no failure."""
    kept = unittest.main, unittest.TestProgram, unittest.TextTestRunner.run
    unittest.main = unittest.TestProgram = _Run  # type: ignore[misc, assignment]
    unittest.TextTestRunner.run = lambda *args: unittest.TestResult()  # type: ignore[method-assign, assignment]
    try:
        exec(code, names)
    except SystemExit as end:
        frames = list(traceback.walk_tb(sys.exc_info()[2]))[1:]
        own = all(frame.f_code.co_filename in _FILES for frame, _ in frames)
        if not own or not (not end.code or isinstance(end.code, _Run)):
            raise
    finally:
        unittest.main, unittest.TestProgram, unittest.TextTestRunner.run = kept  # type: ignore[misc, method-assign]
