"""Which top-level statements of a test text are not the test: pasted copies of the program, runners, footers, prints.

A copy of the program is dropped whatever else happens, since it would shadow the candidate; so are the helpers that only the
copy used. Of the rest, what the test classes reach by name stays, and so do constants; statements that run something do not.
"""

import ast
from collections import Counter
from collections.abc import Sequence

from coderm.extract.programs.demonstrations import FRAMEWORKS, fills, is_main_guard, mutated
from coderm.extract.syntax.editing import Source
from coderm.extract.syntax.entry import HOLDER, Entry
from coderm.extract.syntax.scopes import Function, Scope, bound, functions, loaded
from coderm.extract.unit_tests.cases import case_classes

BINDING = Scope | ast.Assign | ast.AnnAssign
MAX_ROUNDS = 8  # a helper of a helper; longer chains may stay, they only take space
RUNNER_PARTS = {"TestLoader", "TextTestRunner", "TestSuite", "TestResult", "defaultTestLoader", "makeSuite", "main", "runner"}


def copies(code: Source, entry: Entry) -> list[ast.stmt]:
    """Return the statements that bind a name of the program, and the functions that only those use."""
    hidden = entry.hidden | {HOLDER}
    tests = {id(node) for node in case_classes(code.tree)}
    dropped: list[ast.stmt] = [
        node
        for node in code.body
        if bound(node) & hidden and id(node) not in tests and (isinstance(node, BINDING) or _is_fallback(node, hidden))
    ]
    if not dropped:
        return dropped
    for _ in range(MAX_ROUNDS):
        more = _only_helping(code.body, dropped)
        if not more:
            break
        dropped += more
    return dropped


def _is_fallback(node: ast.stmt, hidden: frozenset[str]) -> bool:
    """Whether a statement imports the program or defines it where that fails, and binds nothing else."""
    return isinstance(node, ast.Try | ast.If) and bound(node) <= hidden


def _only_helping(body: Sequence[ast.stmt], dropped: Sequence[ast.stmt]) -> list[ast.stmt]:
    gone = {id(node) for node in dropped}
    helped = loaded(dropped)
    reads = [(node, loaded([node])) for node in body if id(node) not in gone]
    uses = Counter(name for _, names in reads for name in names)
    return [
        node
        for node, names in reads
        if isinstance(node, Function) and node.name in helped and uses[node.name] == (node.name in names)
    ]


def footers(code: Source, entry: Entry) -> list[ast.stmt]:
    """Return the statements of a module with TestCase classes that run, print or prepare running."""
    reached = _reached(code) - FRAMEWORKS - _renamed_frameworks(code)
    known = functions(code.body)
    classes = frozenset(node.name for node in case_classes(code.tree))
    return [node for node in code.body if _is_footer(node, reached, known, classes, entry)]


def _renamed_frameworks(code: Source) -> frozenset[str]:
    aliases = (alias for node in code.body if isinstance(node, ast.Import) for alias in node.names)
    return frozenset(alias.asname for alias in aliases if alias.asname and alias.name in FRAMEWORKS)


def _reached(code: Source) -> frozenset[str]:
    """Return the names that the test classes read, directly or through other statements."""
    names = set(loaded(case_classes(code.tree)))
    rest = [(bound(node), loaded([node])) for node in code.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    readers: dict[str, list[frozenset[str]]] = {}
    for given, read in rest:
        for name in given:
            readers.setdefault(name, []).append(read)
    todo = list(names)
    while todo:
        more = {name for read in readers.pop(todo.pop(), []) for name in read} - names
        names |= more
        todo += more
    return frozenset(names)


def _is_footer(node: ast.stmt, reached: frozenset[str], known: dict[str, Function], classes: frozenset[str], entry: Entry) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom | ast.ClassDef | ast.Global | ast.Pass):
        return False
    if is_main_guard(node) or isinstance(node, ast.Assert | ast.Raise):
        return True
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant) and not fills(node.value, reached, known, entry)
    if (bound(node) | mutated(node)) & reached:
        return False
    if isinstance(node, Function):
        return _runs(node) or bool(loaded([node]) & classes)
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        return any(isinstance(sub, ast.Call) for sub in ast.walk(node)) or _runs(node)
    return True


def _runs(top: ast.stmt) -> bool:
    """Whether a statement mentions unittest's machinery for running tests."""
    return any(isinstance(node, ast.Attribute) and node.attr in RUNNER_PARTS for node in ast.walk(top))
