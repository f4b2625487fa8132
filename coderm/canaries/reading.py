"""A test module read once: its nodes by kind, and which of its names are the program's."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import TypeVar

from coderm.extract.syntax.scopes import PROVIDED, bound, unbound

SOLUTION = "solution"
"""Module under which a test may import the program's names."""
Kind = TypeVar("Kind", bound=ast.AST)


class ReadModule:
    """A module's nodes, and its statements with what they bind.

    `name in it`: whether a name that an expression of the module reads is the program's.
    """

    def __init__(self, text: str, tree: ast.Module) -> None:
        self.statements = [(node, bound(node)) for node in tree.body]
        self._text = text
        self._nodes = nodes_by_kind(tree)
        imports = [node for node in self.of(ast.ImportFrom) if node.module == SOLUTION]
        self._imports = frozenset(alias.asname or alias.name for node in imports for alias in node.names)
        self._bound = frozenset(self._bindings())

    def of(self, kind: type[Kind]) -> list[Kind]:
        """Return all nodes of a kind."""
        return self._nodes.get(kind, [])  # type: ignore[return-value]

    def __contains__(self, name: str) -> bool:
        if name in self._imports:
            return True
        if name in self._bound or name.startswith("__"):  # Python knows in which scope it is bound, and whose private name it is
            return name in self._unbound
        return name not in PROVIDED

    @cached_property
    def _unbound(self) -> frozenset[str]:
        return unbound(self._text)

    def _bindings(self) -> Iterator[str | None]:
        """Yield every name that is bound in any scope."""
        yield from (node.id for node in self.of(ast.Name) if type(node.ctx) is not ast.Load)
        yield from (node.arg for node in self.of(ast.arg))
        yield from (node.asname or node.name.partition(".")[0] for node in self.of(ast.alias))
        yield from (node.rest for node in self.of(ast.MatchMapping))
        for named in (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar):
            yield from (node.name for node in self.of(named))  # type: ignore[attr-defined]
        for names in [node.names for node in self.of(ast.Global)] + [node.names for node in self.of(ast.Nonlocal)]:
            yield from names


def nodes_by_kind(tree: ast.AST) -> dict[type[ast.AST], list[ast.AST]]:
    """Return every node of a tree, but the marks of what a name is used for; ast.walk takes twice as long."""
    found: defaultdict[type[ast.AST], list[ast.AST]] = defaultdict(list)
    todo = [tree]
    for node in todo:  # grows meanwhile
        found[type(node)].append(node)
        for value in vars(node).values():
            if type(value) is list:
                todo += [item for item in value if isinstance(item, ast.AST)]
            elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
                todo.append(value)
    return found
