"""A user's own test: taken as it is, except for what would keep it from testing the program, as in a model's answer.

Pytest functions and classes, assert lines and HumanEval's `check(candidate)` become cases of a TestCase. Copies of the program,
imports of it and calls that only start a test run are taken out. A text that none of this concerns is not changed at all.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from coderm.extract.programs.demonstrations import is_main_guard
from coderm.extract.syntax.editing import Source, improved, rewrite, source, with_header
from coderm.extract.syntax.entry import HOLDER, Entry, entry_of
from coderm.extract.syntax.imports import with_missing_imports
from coderm.extract.syntax.parsing import BadSyntax
from coderm.extract.syntax.scopes import Function, functions, loaded, root, unbound
from coderm.extract.unit_tests.cases import Shape, case_classes, lacks_call_of_check, plain_functions, shape
from coderm.extract.unit_tests.clutter import copies
from coderm.extract.unit_tests.fixtures import required
from coderm.extract.unit_tests.program_imports import FRAMEWORKS, without_holder, without_program_imports
from coderm.extract.unit_tests.to_unittest import CASE, CLASS_NAME, as_unittest, with_plain_forms
from coderm.messages.problem import Problem

UNITTEST = frozenset({"unittest", "TestCase"})
ADDED = frozenset({"contextlib", "sys"})
"""Modules that the plain forms of fixtures and hooks use."""
RUNNERS = frozenset({"unittest", "pytest", "doctest"})
_SUSPECT = re.compile(r"\b(?:" + "|".join(sorted(FRAMEWORKS)) + r")\b|^[ \t]*+(?:async[ \t]++)?+def[ \t]++test", re.MULTILINE)
_OUTSIDE = "Loose"
KEPT_TESTS, KEPT_CHARS = 4096, 16_384
"""Tests whose reading is kept, and the longest of them: trainers send the same tests with every call, and reading one takes
more than running it."""


@dataclass(frozen=True, slots=True)
class GivenTest:
    """`code` is what runs; `holds` whether it has a case; `needs` names what it needs and no sandbox has."""

    code: str
    holds: bool
    needs: tuple[str, ...] = ()


def read_given_test(text: str, problem: Problem) -> GivenTest:
    """Read one test; total over all texts: what is no Python holds no case."""
    return (_kept if len(text) <= KEPT_CHARS else _read)(text, entry_of(problem))


def _read(text: str, entry: Entry) -> GivenTest:
    whole = source(text)
    if isinstance(whole, BadSyntax):
        return GivenTest(text, False)
    known = UNITTEST | (ADDED - unbound(whole.text))  # any other name may be the program's
    code = improved(
        with_plain_forms(improved(whole, lambda code: _called(code, entry))),
        _without_runners,
        lambda code: _without_copies(code, entry),
        lambda code: without_program_imports(code, entry),
        lambda code: _with_classes(code, entry),
        lambda code: with_missing_imports(code, unbound(code.text) & known),
        _with_file,
    )
    chosen = "load_tests" in functions(code.body)
    holds = bool(case_classes(code.tree)) or chosen or "TestCase" in loaded([code.tree]) | _attributes(code.tree)
    return GivenTest(text if code is whole else code.text.strip("\n") + "\n", holds, tuple(sorted(_needs(whole, code))))


_kept = lru_cache(maxsize=KEPT_TESTS)(_read)


def may_need(text: str) -> bool:
    """Whether it is worth asking what a test needs: it names a test framework or has functions that one would fill."""
    return _SUSPECT.search(text) is not None


def _called(code: Source, entry: Entry) -> str:
    """Call a `check(candidate)` that nothing calls."""
    if not entry.name or not lacks_call_of_check(code.tree):
        return code.text
    target = f"{entry.holder}().{entry.name}" if entry.holder and entry.holder != entry.name else entry.name
    return f"{code.text.rstrip()}\n\n\ncheck({target})\n"


def _without_runners(code: Source) -> str:
    """Take out top-level calls that start a test run, such as an unguarded `unittest.main()`."""
    aliases = _aliases(code.tree, RUNNERS)
    bare = {alias.asname or alias.name for alias in aliases if alias.name == "main"}
    modules = RUNNERS | {alias.asname for alias in aliases if alias.asname and alias.name in RUNNERS}
    guards = [node for node in code.body if is_main_guard(node) and loaded([node]) & FRAMEWORKS]
    return rewrite(code, [node for node in code.body if _starts(node, bare, modules) or node in guards])


def _starts(node: ast.stmt, bare: set[str], modules: frozenset[str]) -> bool:
    if not isinstance(node, ast.Expr | ast.Assign) or not isinstance(node.value, ast.Call):
        return False
    function = node.value.func
    if isinstance(function, ast.Attribute):
        return function.attr in ("main", "testmod", "console_main") and root(function) in modules
    return isinstance(function, ast.Name) and function.id in bare


def _without_copies(code: Source, entry: Entry) -> str:
    """Take out copies of the program; where one was the class that benchmarks hold a function in, its calls are the function's."""
    gone = copies(code, entry)
    text = rewrite(code, gone)
    holder = any(isinstance(node, ast.ClassDef) and node.name == HOLDER for node in gone)
    bare = source(text) if holder and entry.name and not entry.holder else None
    return without_holder(bare, entry) if isinstance(bare, Source) else text


def _with_file(code: Source) -> str:
    """Give a test that asks where it lies a name to find."""
    return with_header(code.text, ['__file__ = "test_solution.py"'] if "__file__" in loaded([code.tree]) else [])


def _with_classes(code: Source, entry: Entry) -> str:
    """Put what pytest would collect into TestCase classes; functions beside such classes get one of their own."""
    if _builds_classes(code.tree):
        return code.text
    beside = plain_functions(code.tree) if shape(code.tree) is Shape.PLAIN_CLASS else []
    text = as_unittest(code, entry.hidden)
    methods = "".join(f"\n    def {name}(self):\n        {name}()\n" for name in beside)
    return f"{text.rstrip()}\n\n\nclass {_OUTSIDE}({CASE}):{methods}" if methods else text


def _builds_classes(tree: ast.Module) -> bool:
    """Whether a module makes TestCase classes by calling `type`."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and len(node.args) == 3)
    return "TestCase" in _attributes(tree) and any(isinstance(node.func, ast.Name) and node.func.id == "type" for node in calls)


def _needs(before: Source, after: Source) -> Iterator[str]:
    """Name what is read from a framework and is not there, and parameters of tests that a framework would fill."""
    lost = {alias.asname or alias.name.partition(".")[0] for alias in _aliases(before.tree, FRAMEWORKS)}
    lost &= unbound(after.text)
    for node in ast.walk(after.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in lost:
            yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.Name) and node.id in lost - FRAMEWORKS:
            yield node.id
    if shape(before.tree) is Shape.UNITTEST:
        return
    tests = [(node, 0) for name, node in functions(after.body).items() if name.startswith("test")]
    methods = (item for owner in case_classes(after.tree) if not _made(owner) for item in owner.body)
    tests += [(item, 1) for item in methods if isinstance(item, Function) and item.name.startswith("test")]
    for test, own in tests:
        if isinstance(test, ast.AsyncFunctionDef):
            yield f"a runner for 'async def {test.name}'"
        elif not test.decorator_list:
            yield from (f"fixture {name!r}" for name in required(test, own))


def _made(owner: ast.ClassDef) -> bool:
    return owner.name in (CLASS_NAME, _OUTSIDE)


def _aliases(tree: ast.Module, modules: frozenset[str]) -> list[ast.alias]:
    """Return what a module imports from some packages."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias for alias in node.names if alias.name.partition(".")[0] in modules]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in modules:
            found += node.names
    return found


def _attributes(tree: ast.Module) -> frozenset[str]:
    return frozenset(node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute))
