"""Which names a module binds, reads, and reads without binding."""

import ast
import builtins
import symtable
from collections.abc import Iterable, Iterator

from coderm.extract.syntax.parsing import BadSyntax, symbols, unparse

PROVIDED = frozenset(dir(builtins)) | {"__file__", "__name__", "__doc__", "__builtins__", "__class__", "__annotations__"}
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Function = ast.FunctionDef | ast.AsyncFunctionDef


def bound(node: ast.stmt) -> frozenset[str]:
    """Return the module-level names that a top-level statement binds."""
    return frozenset(_bound(node))


def _bound(top: ast.stmt) -> Iterator[str]:
    todo: list[ast.AST] = [top]
    while todo:
        node = todo.pop()
        if isinstance(node, Scope):
            yield node.name
            continue
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name
        todo.extend(ast.iter_child_nodes(node))


def loaded(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Return every name read anywhere inside the nodes."""
    return frozenset(
        node.id for top in nodes for node in ast.walk(top) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store)
    )


def read_globally(nodes: list[ast.stmt]) -> frozenset[str]:
    """Return the names of the module that definitions read, in their heads or in their bodies; local ones are none."""
    text = unparse(ast.Module(nodes, []))
    table = text if isinstance(text, BadSyntax) else symbols(text)
    if isinstance(table, BadSyntax):
        return loaded(nodes)
    read: set[str] = set()
    todo = [table]
    while todo:
        scope = todo.pop()
        todo.extend(scope.get_children())
        top = scope.get_type() == "module"
        read.update(item.get_name() for item in scope.get_symbols() if item.is_referenced() and (top or item.is_global()))
    return frozenset(read)


def called(node: ast.AST) -> frozenset[str]:
    """Return the plain names called anywhere inside a node."""
    return frozenset(sub.func.id for sub in ast.walk(node) if isinstance(sub, ast.Call) and isinstance(sub.func, ast.Name))


def own_nodes(top: Function) -> Iterator[ast.AST]:
    """Yield the nodes of a function's own body, not those inside the functions and classes in it."""
    todo: list[ast.AST] = [*top.body]
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, Function | ast.ClassDef | ast.Lambda):
            todo.extend(ast.iter_child_nodes(node))


def root(node: ast.expr) -> str:
    """Return the name that an attribute, subscript or call chain starts from; empty when it starts from none."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def unbound(text: str) -> frozenset[str]:
    """Return the global names a module reads but never binds, built-in ones excepted; nothing for a text that is no Python."""
    table = symbols(text)
    if isinstance(table, BadSyntax):
        return frozenset()
    read: set[str] = set()
    given: set[str] = set(PROVIDED)
    todo: list[symtable.SymbolTable] = [table]
    while todo:
        scope = todo.pop()
        todo.extend(scope.get_children())
        top = scope.get_type() == "module"
        for symbol in scope.get_symbols():
            if (top or symbol.is_declared_global()) and (symbol.is_assigned() or symbol.is_imported()):
                given.add(symbol.get_name())
            if symbol.is_referenced() and (top or symbol.is_global()):
                read.add(symbol.get_name())
    return frozenset(read - given)


def functions(nodes: Iterable[ast.stmt]) -> dict[str, Function]:
    """Return the functions among top-level statements by name; of several with one name the last."""
    return {node.name: node for node in nodes if isinstance(node, Function)}
