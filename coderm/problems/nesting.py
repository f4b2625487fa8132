"""Makes the code of a module stand in the body of a function, where its names are local.

Two statements mean something else there. `from math import *` is not allowed, so it names what the code uses. `global` would
leave the function, so it becomes `nonlocal`. Nothing is imported here but a few modules of the standard library.
"""

import ast
from importlib import import_module

_OPEN = frozenset(("bisect", "cmath", "collections", "datetime", "decimal", "fractions", "functools", "heapq", "itertools", "math"))
_OPEN |= {"operator", "random", "re", "statistics", "string", "typing", "unittest"}
"""Modules whose public names may be looked up; from any other one `*` stays as it is."""


def nested(code: str) -> tuple[str, str]:
    """Return what must stay at the top of a module, and the rest as it must stand in a function; raises SyntaxError."""
    tree = ast.parse(code)
    if not any(isinstance(node, ast.Global) or _stays(node) or _is_star(node) for node in ast.walk(tree)):
        return "", code
    tree = _expanded(tree, code)
    above = [node for node in tree.body if _stays(node)]
    tree.body = [node for node in tree.body if not _stays(node)]
    body = ast.unparse(ast.fix_missing_locations(_Locals(_declared(tree)).visit(tree)))
    return "".join(f"{ast.unparse(node)}\n" for node in above), body


def without_stars(setup: str, body: str) -> str:
    """Return module-level code that imports by name what it or the `body` uses; what is no Python stays as it is."""
    try:
        tree = ast.parse(setup)
    except SyntaxError:
        return setup
    return ast.unparse(_expanded(tree, f"{setup}\n{body}")) if any(map(_is_star, ast.walk(tree))) else setup


def _stays(node: ast.AST) -> bool:
    """Whether an import may stand at the top of a module only."""
    return isinstance(node, ast.ImportFrom) and (node.module == "__future__" or (node.names[0].name == "*" and not _is_star(node)))


def _is_star(node: ast.AST) -> bool:
    return isinstance(node, ast.ImportFrom) and node.names[0].name == "*" and node.module in _OPEN


def _expanded(tree: ast.Module, code: str) -> ast.Module:
    used = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and _is_star(node):
            node.names = [ast.alias(name) for name in sorted(used & _public(str(node.module)))] or [ast.alias("__name__", "_")]
    return tree


def _public(module: str) -> frozenset[str]:
    found = import_module(module)
    names = getattr(found, "__all__", None) or (name for name in vars(found) if not name.startswith("_"))
    return frozenset(names)


def _declared(tree: ast.Module) -> frozenset[str]:
    return frozenset(name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names)


class _Locals(ast.NodeTransformer):
    """Turns global names of functions into those of the function around; `names` are all that are declared so."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names
        self._depth = 0

    def visit_Module(self, node: ast.Module) -> ast.AST:
        """Bind every name that only functions bind, without giving it a value."""
        self.generic_visit(node)
        unbound = [f"if False:\n    {name} = None" for name in sorted(self._names)]
        node.body[:0] = [statement for text in unbound for statement in ast.parse(text).body]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Note that what stands inside is a function's."""
        return self._inside(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        """Note that what stands inside is a function's."""
        return self._inside(node)

    def visit_Global(self, node: ast.Global) -> ast.AST:
        """Outside of functions the statement says nothing."""
        return ast.copy_location(ast.Nonlocal(node.names) if self._depth else ast.Pass(), node)

    def _inside(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1
        return node
