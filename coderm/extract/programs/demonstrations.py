"""Which top-level statements of a program are demonstration, not program.

Kept: definitions, imports, assignments, and statements that fill what a kept function reads (tables, recursion limits).
Dropped: the `__main__` block, prints, reading of input, calls and assertions that only show the program at work, test classes.
"""

import ast
from collections.abc import Iterator

from coderm.extract.syntax.editing import Source
from coderm.extract.syntax.entry import Entry
from coderm.extract.syntax.scopes import Function, Scope, bound, called, functions, loaded, read_globally, root

FRAMEWORKS = {"unittest", "doctest", "pytest"}
READERS = {"input", "raw_input"}
RUNNERS = {"main", "test", "tests", "run_tests", "check"}
SETTINGS = {"sys", "random", "np", "numpy", "decimal", "getcontext", "warnings", "math"}


def droppable(code: Source, entry: Entry) -> list[ast.stmt]:
    """Return the statements of a program that only show it at work."""
    known = functions(code.body)
    definitions: list[ast.stmt] = [node for node in code.body if isinstance(node, Scope) and not is_test_class(node)]
    needed = read_globally(definitions) | entry.hidden
    dropped = [node for node in code.body if _is_demo(node, needed, known, entry)]
    gone = {id(node) for node in dropped}
    rest = loaded(node for node in code.body if id(node) not in gone)
    dropped += [node for node in code.body if _is_framework(node) and id(node) not in gone and not bound(node) & rest]
    return dropped


def is_main_guard(node: ast.stmt) -> bool:
    """Whether a statement is `if __name__ == ...`."""
    return isinstance(node, ast.If) and any(isinstance(sub, ast.Name) and sub.id == "__name__" for sub in ast.walk(node.test))


def is_test_class(node: ast.stmt) -> bool:
    """Whether a class derives from a TestCase by its base's name."""
    return isinstance(node, ast.ClassDef) and any(base_name(base).endswith("TestCase") for base in node.bases)


def base_name(base: ast.expr) -> str:
    """Return the last part of a base class's dotted name."""
    if isinstance(base, ast.Attribute):
        return base.attr
    return base.id if isinstance(base, ast.Name) else ""


def _is_framework(node: ast.stmt) -> bool:
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").partition(".")[0] in FRAMEWORKS
    return isinstance(node, ast.Import) and all(alias.name.partition(".")[0] in FRAMEWORKS for alias in node.names)


def _is_demo(node: ast.stmt, needed: frozenset[str], known: dict[str, Function], entry: Entry) -> bool:
    if isinstance(node, Function | ast.Import | ast.ImportFrom):
        return False
    if isinstance(node, ast.ClassDef):
        return is_test_class(node)
    if is_main_guard(node) or isinstance(node, ast.Assert | ast.Raise):
        return True
    if _reads_input(node):
        return True
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant) and not fills(node.value, needed, known, entry)
    if isinstance(node, ast.AnnAssign) and node.value is None:
        return True  # binds nothing, and may be a line of prose such as `Human: thanks`
    touched = bound(node) | mutated(node)
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        return bool((called(node) | _methods_called(node)) & ({entry.name} | RUNNERS)) and not touched & needed
    shows = called(node) & ({entry.name, "print"} | RUNNERS) or any(isinstance(sub, ast.Assert) for sub in ast.walk(node))
    return bool(shows) and not touched & needed


def _methods_called(node: ast.stmt) -> frozenset[str]:
    calls = (sub.func for sub in ast.walk(node) if isinstance(sub, ast.Call))
    return frozenset(function.attr for function in calls if isinstance(function, ast.Attribute))


def _reads_input(node: ast.stmt) -> bool:
    if called(node) & READERS and not isinstance(node, ast.If | ast.Try):
        return True
    return any(_is_stdin(sub) for sub in ast.walk(node))


def _is_stdin(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open":
        return any(isinstance(item, ast.Constant) and item.value in (0, "/dev/stdin") for item in node.args[:1])
    return isinstance(node, ast.Attribute) and node.attr == "stdin"


def fills(call: ast.expr, needed: frozenset[str], known: dict[str, Function], entry: Entry) -> bool:
    """Whether a bare call changes something that functions read: a table's method, a setting, a function that fills a table."""
    if not isinstance(call, ast.Call):
        return False
    if entry.name and entry.name in loaded([call]):
        return False
    if isinstance(call.func, ast.Name):
        return call.func.id not in RUNNERS and call.func.id in known and _changes_globals(known[call.func.id], needed)
    base = root(call.func)
    return (base in SETTINGS and not _is_idle(call)) or (base in needed and base not in known and base not in FRAMEWORKS)


def _is_idle(call: ast.Call) -> bool:
    return any(isinstance(sub, ast.Attribute) and sub.attr in ("stdout", "stderr", "exit", "path") for sub in ast.walk(call))


def _changes_globals(node: Function, needed: frozenset[str]) -> bool:
    if called(node) & {"print", *READERS}:
        return False
    own = {sub.arg for sub in ast.walk(node) if isinstance(sub, ast.arg)}
    declared = {name for sub in ast.walk(node) if isinstance(sub, ast.Global) for name in sub.names}
    stored = {sub.id for sub in ast.walk(node) if isinstance(sub, ast.Name) and isinstance(sub.ctx, ast.Store)}
    return bool(((mutated(node) - own - stored) | declared) & needed)


def mutated(top: ast.stmt) -> frozenset[str]:
    """Return names whose objects a statement changes: item or attribute assignment, or a method call."""
    return frozenset(_mutations(top))


def _mutations(top: ast.stmt) -> Iterator[str]:
    for node in ast.walk(top):
        is_stored = isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store)
        is_method = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute)
        if is_stored and isinstance(node, ast.expr):
            yield root(node)
        elif is_method and isinstance(node, ast.Expr):
            yield root(node.value)
