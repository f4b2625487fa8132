"""Names that a text binds, by scope, and the imports behind them."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .rules import MODULES, is_missing


class Impure(Exception):
    """A text holds something that the rules do not know; the message names it."""


@dataclass(slots=True)
class Scope:
    """A function's or comprehension's names; `opaque` marks the module and class bodies, whose names may come from elsewhere."""

    bound: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    imports: dict[str, str] = field(default_factory=dict)
    stored: set[str] = field(default_factory=set)
    opaque: bool = False


def collect(body: Iterable[ast.AST], scope: Scope) -> None:
    """Note the names that statements bind in their own scope."""
    stack: list[ast.AST] = list(body)
    free: set[str] = set()
    while stack:
        node = stack.pop()
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                scope.bound.add(name)
                scope.stored.add(name)
            case ast.Global(names=names):
                scope.outside.update(names)
            case ast.Nonlocal(names=names):
                free.update(names)
            case ast.Import(names=aliases):
                for alias in aliases:
                    _import(scope, alias.asname or alias.name, alias.name)
            case ast.ImportFrom(level=level, names=aliases) if level:
                scope.bound.update(alias.asname or alias.name for alias in aliases)  # never bound by this
            case ast.ImportFrom(module=module, names=aliases):
                for alias in aliases:
                    if module != "solution":
                        for name in sorted(MODULES.get(module or "", ())) if alias.name == "*" else [alias.asname or alias.name]:
                            _import(scope, name, f"{module}:{alias.name}")
            case ast.ExceptHandler(name=str(name)):
                scope.bound.add(name)
                scope.stored.add(name)
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            scope.bound.add(node.name)
            scope.stored.add(node.name)
            continue
        if isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            continue
        stack.extend(ast.iter_child_nodes(node))
    scope.bound -= free
    if scope.stored & scope.imports.keys():
        raise Impure("an imported name bound again")
    if scope.outside & scope.imports.keys():
        raise Impure("an import of a global name inside a function")


def _import(scope: Scope, name: str, origin: str) -> None:
    """Note a name that is imported; one that several imports may bind is a module as soon as one of them says so."""
    scope.bound.add(name)
    if is_missing(origin.partition(":")[0]):
        return  # never bound by this
    before = scope.imports.get(name)
    if before not in (None, origin):
        raise Impure(f"several imports of {name}")
    scope.imports[name] = origin


def arguments(arguments: ast.arguments) -> Iterator[str]:
    return (argument.arg for argument in argument_nodes(arguments))


def argument_nodes(arguments: ast.arguments) -> Iterator[ast.arg]:
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from (argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None)
