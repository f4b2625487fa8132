"""Which names of the program a test uses as classes, read from its text alone.

A capitalised name may be a function's (`Find_Max([3, 1])`), and a wrong program may put a class under it. A name is used as a class
where the test reads of what it gives, or of itself, an attribute that no plain value has; where it sets items of that, or calls a
method of it for its effect; where it calls the name without arguments; and where it asks whether something is of that class.
"""

import ast
from collections.abc import Iterator, Sequence

from ..codec.kinds import WRITERS
from ..constants import SOLUTION, word_set

_METHODS = frozenset(name for kind in WRITERS for name in dir(kind) if callable(getattr(kind, name))) | word_set("""
    all any argmax argmin astype cache_clear cache_info cumsum diagonal dot end flatten group groups max mean min nonzero prod ravel
    reshape span start std sum tobytes tolist trace transpose var
""")
"""Methods of plain values, arrays, matches and functions."""
_FIELDS = frozenset(name for kind in WRITERS for name in dir(kind)) - _METHODS | word_set("""
    T dtype itemsize ndim shape size string
""")
_CALLERS = word_set("map filter self.assertRaises self.assertRaisesRegex")
"""What calls its arguments."""
_OF_ARRAYS = word_set("argmax argmin astype cumsum diagonal dot flatten nonzero prod ravel reshape std trace transpose var")
"""Those that only arrays have: a test that never speaks of numpy means other objects."""
_KIND_CHECKS = word_set("isinstance issubclass assertIsInstance assertNotIsInstance")


def class_names(nodes: Sequence[ast.AST]) -> tuple[str, ...]:
    """Return the names, from the nodes of a test."""
    makers: dict[str, set[str]] = {}
    """What is called for the value of a variable or a field, by its text."""
    for node in nodes:
        for target, value in _bindings(node):
            makers.setdefault(_text(target), set()).update(_called(value, {}))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    called = {id(call.func) for call in calls} | {id(arg) for call in calls if _name(call.func) in _CALLERS for arg in call.args}
    found: set[str] = set()
    numpy = any(isinstance(node, ast.Name) and node.id in ("np", "numpy") for node in nodes)
    for node in nodes:
        match node:
            case ast.Attribute(value=owner, attr=name) if _text(owner) != SOLUTION and (
                not _is_plain(name, id(node) in called) or (name in _OF_ARRAYS and not numpy)
            ):
                found |= {_text(owner)} | _called(owner, makers)
            case (
                ast.Subscript(value=owner, ctx=ast.Store() | ast.Del()) | ast.Expr(value=ast.Call(func=ast.Attribute(value=owner)))
            ):
                found |= _called(owner, makers)
            case ast.Call(func=func, args=[], keywords=[]):
                found.add(_name(func))
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[_, kinds]) if name in _KIND_CHECKS:
                found |= {_name(kind) for kind in (kinds.elts if isinstance(kinds, ast.Tuple) else [kinds])}
    return tuple(sorted(name for name in found if name[:1].isupper()))


def _is_plain(name: str, called: bool) -> bool:
    """Whether plain values and functions have such a method, or such a field."""
    return name.startswith("__") or name in (_METHODS if called else _FIELDS)


def _bindings(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield what a node binds: a target and the expression of its value."""
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
            yield from zip(targets, values, strict=False)
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value) for target in targets)
        case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
            yield target, value
        case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
            yield target, value


def _called(node: ast.expr, makers: dict[str, set[str]]) -> set[str]:
    """Return the names whose call gives the value of an expression, or an operand of it."""
    match node:
        case ast.Call(func=func):
            return {_name(func)}
        case ast.BinOp(left=left, right=right):
            return _called(left, makers) | _called(right, makers)
        case ast.UnaryOp(operand=operand):
            return _called(operand, makers)
    return makers.get(_text(node), set())


def _name(node: ast.expr) -> str:
    """Return a name, also one of the program's module: `Stack`, `solution.Stack`."""
    return node.attr if isinstance(node, ast.Attribute) and _text(node.value) == SOLUTION else _text(node)


def _text(node: ast.expr) -> str:
    """Return the text of a name or of a field of one."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            return f"{owner}.{name}"
    return ""
