"""Runs a unit test module against a program in this process; for programs written by the project only."""

import io
import unittest
from contextlib import redirect_stdout
from typing import Any


def passes(program: str, module: str) -> bool:
    """Tell whether the program passes every test of the module, of which there must be one."""
    names: dict[str, Any] = {"__name__": "solution"}
    with redirect_stdout(io.StringIO()):
        exec(program, names)
        own = set(names)
        exec(module, names)
        cases = [value for name, value in names.items() if name not in own and _is_case(value)]
        suite = unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromTestCase(case) for case in cases)
        result = unittest.TestResult()
        suite.run(result)
    assert result.testsRun > 0, "a module without tests"
    return result.wasSuccessful()


def _is_case(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, unittest.TestCase)
