"""Which top-level statements of a test text are not the test: pasted copies of the program, runners, footers, prints.

A copy of the program is dropped whatever else happens, since it would shadow the candidate; so are the helpers that only the
copy used. Of the rest, what the test classes reach by name stays, and so do constants; statements that run something do not.
"""

import ast
from collections.abc import Sequence

from coderm.extract.cases import case_classes
from coderm.extract.demo import FRAMEWORKS, fills, is_main_guard, mutated
from coderm.extract.editing import Source
from coderm.extract.entry import HOLDER, Entry
from coderm.extract.scopes import Function, Scope, bound, functions, loaded

RUNNER_PARTS = {"TestLoader", "TextTestRunner", "TestSuite", "TestResult", "defaultTestLoader", "makeSuite", "main", "runner"}


def copies(code: Source, entry: Entry) -> list[ast.stmt]:
    """Return the statements that bind a name of the program, and the functions that only those use."""
    hidden = entry.hidden | {HOLDER}
    tests = {id(node) for node in case_classes(code.tree)}
    dropped: list[ast.stmt] = [
        node
        for node in code.body
        if isinstance(node, Scope | ast.Assign | ast.AnnAssign) and bound(node) & hidden and id(node) not in tests
    ]
    while more := _only_helping(code.body, dropped):
        dropped += more
    return dropped


def _only_helping(body: Sequence[ast.stmt], dropped: Sequence[ast.stmt]) -> list[ast.stmt]:
    gone = {id(node) for node in dropped}
    helped = loaded(dropped)
    return [
        node
        for node in body
        if isinstance(node, Function)
        and id(node) not in gone
        and node.name in helped
        and node.name not in loaded(other for other in body if id(other) not in gone and other is not node)
    ]


def footers(code: Source, entry: Entry) -> list[ast.stmt]:
    """Return the statements of a module with TestCase classes that run, print or prepare running."""
    reached = _reached(code)
    known = functions(code.body)
    return [node for node in code.body if _is_footer(node, reached, known, code, entry)]


def _reached(code: Source) -> frozenset[str]:
    """Return the names that the test classes read, directly or through other statements."""
    names = set(loaded(case_classes(code.tree)))
    rest = [(bound(node), loaded([node])) for node in code.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    while more := {name for given, read in rest if given & names for name in read} - names:
        names |= more
    return frozenset(names)


def _is_footer(node: ast.stmt, reached: frozenset[str], known: dict[str, Function], code: Source, entry: Entry) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom | ast.ClassDef | ast.Global | ast.Pass):
        return False
    if is_main_guard(node) or isinstance(node, ast.Assert | ast.Raise):
        return True
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant) and not fills(node.value, reached - FRAMEWORKS, known, entry)
    if (bound(node) | mutated(node)) & reached:
        return False
    if isinstance(node, Function):
        return _runs(node) or bool(loaded([node]) & {item.name for item in case_classes(code.tree)})
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        return any(isinstance(sub, ast.Call) for sub in ast.walk(node)) or _runs(node)
    return True


def _runs(top: ast.stmt) -> bool:
    """Whether a statement mentions unittest's machinery for running tests."""
    return any(isinstance(node, ast.Attribute) and node.attr in RUNNER_PARTS for node in ast.walk(top))
