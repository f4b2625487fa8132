"""Programs without the names and the layout that a copy changes: what two spellings of one program have in common."""

import ast
import builtins
from dataclasses import dataclass

from coderm.extract.syntax.parsing import BadSyntax, parse
from coderm.extract.syntax.scopes import Function
from coderm.messages.hashing import content_hash

_KEPT = frozenset(dir(builtins))


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """One function: hash of its whole tree, number of its nodes, hashes of its statements one by one."""

    whole: str
    nodes: int
    statements: frozenset[str]


def fingerprints(program: str) -> tuple[Fingerprint, ...]:
    """Return those of outermost functions and methods; without any that of the module; none of what is no Python."""
    tree = parse(program)
    if isinstance(tree, BadSyntax):
        return ()
    found: list[list[ast.stmt]] = []
    todo: list[ast.stmt] = [*tree.body]
    while todo:
        node = todo.pop(0)
        if isinstance(node, Function):
            found.append(_without_prose(node.body))
        elif isinstance(node, ast.ClassDef):
            todo += node.body
    return tuple(_fingerprint(body) for body in found or [_without_prose(tree.body)] if body)


def _fingerprint(body: list[ast.stmt]) -> Fingerprint:
    statements = [node for top in body for node in ast.walk(top) if isinstance(node, ast.stmt)]
    whole = content_hash(*_plain(body))
    return Fingerprint(whole, sum(1 for top in body for _ in ast.walk(top)), frozenset(_hash(node) for node in statements))


def _without_prose(body: list[ast.stmt]) -> list[ast.stmt]:
    return [node for node in body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]


def _hash(node: ast.stmt) -> str:
    """Hash one statement, a compound one by its head alone: its inner statements count for themselves."""
    heads = [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case)]
    return content_hash(type(node).__name__, *_plain(heads))


def _plain(nodes: "list[ast.stmt] | list[ast.AST]") -> list[str]:
    """Write trees with names numbered in the order in which they appear, without annotations and prose."""
    names: dict[str, str] = {}
    return [_written(node, names) for node in nodes]


def _written(node: object, names: dict[str, str]) -> str:
    match node:
        case ast.Name(id=name):
            return name if name in _KEPT and name not in names else _number(name, names)
        case ast.arg(arg=name):
            return _number(name, names)
        case ast.AnnAssign(target=target, value=value) if value is not None:
            return f"Assign({_written(target, names)},{_written(value, names)})"
        case ast.Assign(targets=[target], value=value):
            return f"Assign({_written(target, names)},{_written(value, names)})"
        case ast.Constant(value=value):
            return repr(value)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            inner = [_number(node.name, names), *(_written(item, names) for item in _children(node))]
            return f"{type(node).__name__}({','.join(inner)})"
        case ast.AST():
            return f"{type(node).__name__}({','.join(_written(item, names) for item in _children(node))})"
        case list():
            return f"[{','.join(_written(item, names) for item in node)}]"
    return repr(node)


def _children(node: ast.AST) -> list[object]:
    left_out = {"returns", "annotation", "type_comment", "type_params", "name", "ctx", "kind"}
    if isinstance(node, ast.ExceptHandler | ast.alias | ast.MatchAs):
        left_out -= {"name"}
    values = [(name, value) for name, value in ast.iter_fields(node) if name not in left_out]
    return [_without_prose(value) if name == "body" and isinstance(value, list) else value for name, value in values]


def _number(name: str, names: dict[str, str]) -> str:
    return names.setdefault(name, f"${len(names)}")
