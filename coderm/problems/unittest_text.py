"""Unit test modules as text: assert lines or a benchmark's own test code become one complete unittest module.

Every module has one TestCase class with one method; the judged program's names are in scope when it runs.
"""

import ast
import textwrap

from coderm.errors import DataError
from coderm.extract.unit_tests.cases import lacks_call_of_check
from coderm.problems.nesting import nested, without_stars

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)

_SHELL = """{above}import unittest


{setup}class Check(unittest.TestCase):
    def test(self):
{body}
"""


def module_text(body: str, setup: str = "") -> str:
    """Return a unittest module whose only method runs `body`, after the module-level code `setup`."""
    setup = without_stars(setup, body).strip("\n") + "\n\n\n" if setup.strip() else ""
    above, body = nested(body)
    return _SHELL.format(above=above, setup=setup, body=textwrap.indent(_indentable(body), " " * 8))


def as_module(text: str, where: str, entry: str = "") -> str:
    """Return a unittest module unchanged and wrap plain assert lines into one; raises DataError for text that is no Python.

    A text that only defines `check(candidate)`, as HumanEval writes tests, is called with the function `entry`.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise DataError(f"{where}: a test is not valid Python ({error}); write assert lines or a unittest module") from None
    if any(isinstance(node, ast.ClassDef) and any("TestCase" in ast.unparse(base) for base in node.bases) for node in tree.body):
        return text
    if entry.isidentifier() and lacks_call_of_check(tree):
        return module_text(f"{text.rstrip()}\n\ncheck({entry})")
    if lacks_call_of_check(tree):
        raise DataError(f"{where}: a test defines 'check(candidate)' and 'entry_point' names no function to call it with; add it")
    if all(isinstance(node, _DEFINITIONS) for node in tree.body):
        raise DataError(f"{where}: a test checks nothing when it is run; write assert lines or a unittest module")
    return module_text(text)


def _indentable(body: str) -> str:
    """Return the code with every string on one line, since indenting would change a string that spans lines."""
    tree = ast.parse(body)
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.Constant))
    return ast.unparse(tree) if any(node.end_lineno != node.lineno for node in texts) else body.strip("\n")
