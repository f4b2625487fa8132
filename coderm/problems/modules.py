"""Unit test modules as text: assert lines or a benchmark's own test code become one complete unittest module.

Every module has one TestCase class with one method; the judged program's names are in scope when it runs.
"""

import ast
import textwrap

from coderm.errors import DataError

_SHELL = """import unittest


{setup}class Check(unittest.TestCase):
    def test(self):
{body}
"""


def module_text(body: str, setup: str = "") -> str:
    """Return a unittest module whose only method runs `body`, after the module-level code `setup`."""
    setup = setup.strip("\n") + "\n\n\n" if setup.strip() else ""
    return _SHELL.format(setup=setup, body=textwrap.indent(body.strip("\n"), " " * 8))


def as_module(text: str, where: str) -> str:
    """Return a unittest module unchanged and wrap plain assert lines into one; raises DataError for text that is no Python."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise DataError(f"{where}: a test is not valid Python ({error}); write assert lines or a unittest module") from None
    if any(isinstance(node, ast.ClassDef) for node in tree.body):
        return text
    if not tree.body:
        raise DataError(f"{where}: a test is empty; write assert lines or a unittest module")
    return module_text(text)
