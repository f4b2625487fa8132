"""Takes a test module apart: one module for each statement that asserts something, so that each can be judged by itself.

HumanEval keeps all assertions of a problem in one `check(candidate)`. What does not assert is kept in every part. That the parts
together say what the whole says is not proved here: whoever uses them runs the whole beside them and compares.
"""

import ast
from dataclasses import dataclass

from coderm.extract.syntax.parsing import BadSyntax, compiles, parse, unparse
from coderm.extract.syntax.scopes import Function, functions
from coderm.extract.unit_tests.cases import asserts, case_classes, is_test_method

MOST = 64
"""Parts of one module; what would have more stays whole, since each part costs a run of every program."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """An asserting statement, the list it stands in, and the test method whose run reaches it."""

    body: list[ast.stmt]
    statement: ast.stmt
    method: ast.stmt


def split(test: str) -> tuple[str, ...]:
    """Return the parts of a unit test module in order; the text itself where there is one part, too many, or no Python."""
    tree = parse(test)
    if isinstance(tree, BadSyntax):
        return (test,)
    count = len(_units(tree))
    if not 1 < count <= MOST:
        return (test,)
    parts = tuple(_part(test, place) for place in range(count))
    return parts if all(compiles(part) is None for part in parts) else (test,)


def _part(test: str, place: int) -> str:
    """Return the module with one of its units; a tree of its own, since it is changed."""
    tree = ast.parse(test)
    units = _units(tree)
    kept = units[place]
    for unit in units:
        if unit is not kept:
            unit.body[:] = [node for node in unit.body if node is not unit.statement] or [ast.Pass()]
    for owner in case_classes(tree):
        owner.body[:] = [node for node in owner.body if not is_test_method(node) or node is kept.method] or [ast.Pass()]
    return str(unparse(ast.fix_missing_locations(tree)))


def _units(tree: ast.Module) -> list[_Unit]:
    found: list[_Unit] = []
    for owner in case_classes(tree):
        for method in owner.body:
            if is_test_method(method) and isinstance(method, Function):
                found += _within(method.body, method, functions(tree.body), _calls(tree))
    return found


def _within(body: list[ast.stmt], method: ast.stmt, known: dict[str, Function], calls: list[str]) -> list[_Unit]:
    """Return the units of a body; a call of a function that asserts, called nowhere else, stands for those of that function."""
    found: list[_Unit] = []
    known = known | functions(body)
    for statement in body:
        if isinstance(statement, Function | ast.ClassDef):
            continue
        name = _called(statement)
        inner = known.get(name)
        inside = inner is not None and asserts(inner)
        if inner is not None and inside and calls.count(name) == 1:
            rest = {other: node for other, node in known.items() if other != name}
            found += _within(inner.body, method, rest, calls)
        elif inside or asserts(statement):
            found.append(_Unit(body, statement, method))
    return found


def _called(statement: ast.stmt) -> str:
    """Return the name of the function that a statement is nothing but a call of; empty for any other."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) and isinstance(statement.value.func, ast.Name):
        return statement.value.func.id
    return ""


def _calls(tree: ast.Module) -> list[str]:
    """Return every name that is read in the module, as often as it is."""
    return [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]
