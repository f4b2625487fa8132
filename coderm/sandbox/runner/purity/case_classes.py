"""Test cases in a text that is to be proved: classes that derive from TestCase, which hold functions of the library.

Such a class hands out those functions, on which attributes could be set. Its objects can be called: that runs a test of their own,
which catches even MemoryError and returns an object that holds the streams of the process. So neither is ever a value: the class is
only defined and derived from, and its object stands before an attribute.
"""

import ast
from collections.abc import Callable, Iterator

_STATEMENTS = (ast.FunctionDef, ast.Assign, ast.AnnAssign, ast.Expr, ast.Pass)
"""What the body of a test case may hold."""
_FUNCTIONS = (ast.Name, ast.Lambda)
"""Expressions that may make a function a method."""
_DECORATORS = ("classmethod", "staticmethod")


def case_classes(module: ast.Module, is_test_case: Callable[[ast.expr], bool]) -> dict[str, ast.ClassDef]:
    """Return the classes at the top of a module that derive from TestCase, by name; `is_test_case` knows TestCase itself."""
    found: dict[str, ast.ClassDef] = {}
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            own = any(is_test_case(base) or (isinstance(base, ast.Name) and base.id in found) for base in node.bases)
            found |= {node.name: node} if own else {}
    return found


def why_loose(case: ast.ClassDef) -> str:
    """Return why the object of a test case may become a value; empty if it cannot."""
    if len(case.bases) > 1:
        return "a test case of several bases"
    for part in case.body:
        if not isinstance(part, _STATEMENTS) or _may_be_method(getattr(part, "value", None)):
            return "a test case that is more than methods and data"
        if isinstance(part, ast.FunctionDef) and _gives_away(part):
            return "a test case as a value"
    return ""


def _may_be_method(value: ast.expr | None) -> bool:
    return value is not None and any(isinstance(node, _FUNCTIONS) for node in ast.walk(value))


def _gives_away(method: ast.FunctionDef) -> bool:
    """Whether a method uses its object for anything but the object's attributes."""
    parameters = [*method.args.posonlyargs, *method.args.args]
    plain = all(isinstance(each, ast.Name) and each.id in _DECORATORS for each in method.decorator_list)
    return not plain or not parameters or any(name.id == parameters[0].arg for name in _values(method))


def _values(method: ast.FunctionDef) -> Iterator[ast.Name]:
    owners = {id(node.value) for node in ast.walk(method) if isinstance(node, ast.Attribute)}
    for node in ast.walk(method):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in owners:
            yield node
