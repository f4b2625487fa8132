"""Tests written without unittest, put into a TestCase: functions stay where they are and a class calls them."""

import ast
import re
import textwrap

from coderm.extract.programs.demonstrations import is_main_guard
from coderm.extract.syntax.editing import Replacement, Source, first_line, improved, rewrite
from coderm.extract.syntax.parsing import BadSyntax, unparse
from coderm.extract.syntax.scopes import Scope, called, functions, loaded
from coderm.extract.unit_tests.cases import Shape, bare_checks, plain_classes, plain_functions, shape
from coderm.extract.unit_tests.hooks import with_unittest_hooks
from coderm.extract.unit_tests.parametrised import as_plain_tests
from coderm.extract.unit_tests.raises import with_assert_raises
from coderm.extract.unit_tests.skips import without_skipped_tests

CASE = "unittest.TestCase"
CLASS_NAME = "GeneratedUnitTest"
HEADER = re.compile(rb"class\s++[^\s(:]++\s*+(\(\s*+(?:object\s*+)?+,?\s*+\)|(?=:))")
FUNCTION_HOOKS = {"teardown_function": "tearDown", "setup_function": "setUp"}


def with_plain_forms(code: Source) -> Source:
    """Return a module with the forms of test frameworks put into plain ones, where that can be done."""
    return improved(code, as_plain_tests, with_unittest_hooks, with_assert_raises, without_skipped_tests)


def as_unittest(code: Source, hidden: frozenset[str]) -> str:
    """Return the text with a TestCase class, made from whatever tests it has; unchanged when it has one or tests nothing."""
    match shape(code.tree):
        case Shape.PLAIN_CLASS:
            return _with_base(code)
        case Shape.FUNCTIONS:
            return _calling(code)
        case Shape.ASSERTIONS:
            return _enclosing(code, hidden)
        case _:
            return code.text


def _with_base(code: Source) -> str:
    lines, edits = code.lines, []
    for node in plain_classes(code.tree):
        header = HEADER.match(lines[node.lineno - 1], node.col_offset)
        if header is not None:
            places = [(node.lineno, at) for at in header.span(1)]
            edits.append(Replacement(places[0], places[1], f"({CASE})"))
    return rewrite(code, (), edits)


def _calling(code: Source) -> str:
    known = functions(code.body)
    methods = "".join(f"\n    def {name}(self):\n        {name}()\n" for name in plain_functions(code.tree))
    for name, wanted in FUNCTION_HOOKS.items():
        if name in known:
            argument = "globals()[self._testMethodName]" if known[name].args.args else ""
            methods = f"\n    def {wanted}(self):\n        {name}({argument})\n" + methods
    return f"{code.text.rstrip()}\n\n\nclass {CLASS_NAME}({CASE}):{methods}"


def _enclosing(code: Source, hidden: frozenset[str]) -> str:
    """Move everything from the first check, or the first use of the program, into one method; definitions stay outside."""
    checks = {id(node) for node in bare_checks(code.tree)}
    movable = [node for node in code.body if not isinstance(node, Scope | ast.Import | ast.ImportFrom) and not is_main_guard(node)]
    starts = [number for number, node in enumerate(movable) if id(node) in checks or hidden & loaded([node])]
    moved = movable[starts[0] :]
    lines = code.text.split("\n")
    steps = [_text(lines, node) for node in moved if id(node) in checks or not _only_shows(node)]
    rest = rewrite(code, moved)
    body = textwrap.indent("\n".join(steps), " " * 8)
    return f"{rest.strip()}\n\n\nclass {CLASS_NAME}({CASE}):\n    def test_program(self):\n{body}\n".lstrip("\n")


def _only_shows(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and ("print" in called(node) or not isinstance(node.value, ast.Call))


def _text(module: list[str], node: ast.stmt) -> str:
    """Return a statement's text, written anew when indenting its lines would change a string."""
    lines = module[first_line(node) - 1 : node.end_lineno]
    if len(lines) > 1 and any(
        isinstance(sub, ast.Constant | ast.JoinedStr) and sub.end_lineno != sub.lineno for sub in ast.walk(node)
    ):
        plain = unparse(node)
        return "pass" if isinstance(plain, BadSyntax) else plain
    return "\n".join(lines)
