"""Names that a text binds, by scope, and the imports behind them."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .rules import is_missing


class Impure(Exception):
    """A text holds something that the rules do not know; the message names it."""


@dataclass(slots=True)
class Scope:
    """A function's or comprehension's names; `opaque` marks the module and class bodies, whose names may come from elsewhere.

    `imports` has modules, and parts of modules, by the names they have here; the part of a module itself is empty.
    """

    bound: set[str] = field(default_factory=set)
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)
    opaque: bool = False


def collect(body: Iterable[ast.AST], scope: Scope) -> None:
    """Note the names that statements bind in their own scope."""
    stack: list[ast.AST] = list(body)
    free: set[str] = set()
    while stack:
        node = stack.pop()
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.ExceptHandler(name=str(name)):
                scope.bound.add(name)
            case ast.Nonlocal(names=names):
                free.update(names)
            case ast.Import(names=aliases):
                for alias in aliases:
                    _import(scope, alias.asname or alias.name, alias.name, "")
            case ast.ImportFrom(names=aliases) if (module := source_of(node)) != "solution":
                for alias in aliases:
                    _import(scope, alias.asname or alias.name, module, alias.name)
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            scope.bound.add(node.name)
        elif not isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            stack.extend(ast.iter_child_nodes(node))
    scope.bound -= free
    if scope.bound & scope.imports.keys():
        raise Impure("an imported name bound again")


def source_of(node: ast.ImportFrom) -> str:
    """Return the module of an import, with a dot before a relative one."""
    return "." * node.level + (node.module or "")


def _import(scope: Scope, name: str, module: str, part: str) -> None:
    """Note a name that is imported; one whose package exists nowhere is never bound by this."""
    if is_missing(module):
        scope.bound.add(name)
    elif scope.imports.setdefault(name, (module, part)) != (module, part):
        raise Impure(f"several imports of {name}")


def parameters(arguments: ast.arguments) -> Iterator[ast.arg]:
    """Yield all parameters of a function."""
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from (argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None)
