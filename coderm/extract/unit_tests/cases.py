"""What in a test text is a test: TestCase classes, classes and functions that pytest would collect, bare assertions."""

import ast
import enum

from coderm.extract.programs.demonstrations import base_name, is_main_guard
from coderm.extract.syntax.scopes import Function, Scope, called, functions, loaded


class Shape(enum.IntEnum):
    """How a text tests, the better the higher."""

    NOTHING = 0
    ASSERTIONS = 1
    FUNCTIONS = 2
    PLAIN_CLASS = 3
    UNITTEST = 4


def shape(tree: ast.Module) -> Shape:
    """Return the best shape that a module has."""
    if case_classes(tree):
        return Shape.UNITTEST
    if plain_classes(tree):
        return Shape.PLAIN_CLASS
    if plain_functions(tree):
        return Shape.FUNCTIONS
    return Shape.ASSERTIONS if bare_checks(tree) else Shape.NOTHING


def case_classes(tree: ast.Module) -> list[ast.ClassDef]:
    """Return the classes that derive from a TestCase, directly or through another class of the module."""
    known: set[str] = set()
    found = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and any(_is_case(base, known) for base in node.bases):
            known.add(node.name)
            found.append(node)
    return found


def _is_case(base: ast.expr, known: set[str]) -> bool:
    return base_name(base).endswith("TestCase") or base_name(base) in known


def plain_classes(tree: ast.Module) -> list[ast.ClassDef]:
    """Return the classes with test methods and no base, as pytest would collect them."""
    return [
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        and all(base_name(base) == "object" for base in node.bases)
        and "test" in node.name.lower()
        and any(is_test_method(item) for item in node.body)
        and "__init__" not in functions(node.body)  # pytest collects none that needs making
    ]


def is_test_method(node: ast.stmt) -> bool:
    """Whether unittest would run a class's statement as a test."""
    return isinstance(node, Function) and node.name.startswith("test")


def plain_functions(tree: ast.Module) -> list[str]:
    """Return the names of top-level functions that pytest would run without fixtures."""
    return [name for name, node in functions(tree.body).items() if is_test_method(node) and _is_free(node)]


def _is_free(node: Function) -> bool:
    given = node.args
    return (
        isinstance(node, ast.FunctionDef) and len(given.posonlyargs + given.args) == len(given.defaults) and not node.decorator_list
    )


def lacks_call_of_check(tree: ast.Module) -> bool:
    """Whether a module defines `check(candidate)`, as HumanEval writes tests, and reads it nowhere."""
    check = functions(tree.body).get("check")
    return check is not None and len(check.args.args) == 1 and "check" not in loaded([tree])


def bare_checks(tree: ast.Module) -> list[ast.stmt]:
    """Return the top-level statements that assert something, themselves or through a function they call."""
    checking = {name for name, node in functions(tree.body).items() if _checks(node)}
    found = []
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) or is_main_guard(node):
            continue
        if _checks(node) or (isinstance(node, ast.Expr) and called(node) & checking):
            found.append(node)
    return found


def _checks(top: ast.stmt) -> bool:
    """Whether running a statement, or calling a function, can fail on purpose; what is only defined inside is not run."""
    named = loaded([top])
    todo: list[ast.AST] = [top]
    while todo:
        node = todo.pop()
        if isinstance(node, Scope) and node is not top and node.name not in named:
            continue
        if _asserts(node):
            return True
        todo += ast.iter_child_nodes(node)
    return False


def asserts(top: ast.AST) -> bool:
    """Whether anything inside can fail on purpose."""
    return any(_asserts(node) for node in ast.walk(top))


def _asserts(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert | ast.Raise):
        return True
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
    return name.lower().startswith(("assert", "fail", "verify", "check", "_assert"))
