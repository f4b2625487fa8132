"""The changes a mutant may have, by kind; each names the nodes it fits and what stands there instead.

A change gets a node of a tree of its own, and may alter it.
"""

import ast
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

Change = Callable[[Any], ast.AST]
"""From a node to what stands in its place."""
Operator = Callable[[ast.AST], Iterator[Change]]

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}


def comparison(node: ast.AST) -> Iterator[Change]:
    """`<` becomes `<=` or `>`, `==` becomes `!=`, `in` becomes `not in`, and so on."""
    if isinstance(node, ast.Compare):
        for place, op in enumerate(node.ops):
            for other in _COMPARISONS[type(op)]:
                yield partial(_with_comparison, place, other)


def _with_comparison(place: int, other: type[ast.cmpop], node: ast.Compare) -> ast.AST:
    node.ops[place] = other()
    return node


def arithmetic(node: ast.AST) -> Iterator[Change]:
    """`+` becomes `-`, `*` becomes `+`, `//` becomes `*`, and so on; formatting of a text is left alone."""
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in _ARITHMETIC and not _formats(node):
        yield partial(_with_op, _ARITHMETIC[type(node.op)])


def _formats(node: ast.BinOp | ast.AugAssign) -> bool:
    return isinstance(node, ast.BinOp) and any(
        isinstance(side, ast.JoinedStr) or (isinstance(side, ast.Constant) and isinstance(side.value, str | bytes))
        for side in (node.left, node.right)
    )


def _with_op(other: type[ast.operator] | type[ast.boolop], node: Any) -> ast.AST:
    node.op = other()
    return node  # type: ignore[no-any-return]


def boolean(node: ast.AST) -> Iterator[Change]:
    """`and` becomes `or`, and the other way round."""
    if isinstance(node, ast.BoolOp):
        yield partial(_with_op, ast.Or if isinstance(node.op, ast.And) else ast.And)


def constant(node: ast.AST) -> Iterator[Change]:
    """A number becomes one more or one less; True becomes False."""
    if not isinstance(node, ast.Constant):
        return
    if isinstance(node.value, bool):
        yield partial(_with_value, not node.value)
    elif isinstance(node.value, int | float):
        yield partial(_with_value, node.value + 1)
        yield partial(_with_value, node.value - 1)


def _with_value(value: bool | float, node: ast.Constant) -> ast.AST:
    return ast.Constant(value)


def return_value(node: ast.AST) -> Iterator[Change]:
    """What a function returns becomes None."""
    if isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield lambda node: ast.Return(ast.Constant(None))


def loop_exit(node: ast.AST) -> Iterator[Change]:
    """`break` becomes `continue`, and the other way round."""
    if isinstance(node, ast.Break):
        yield lambda node: ast.Continue()
    elif isinstance(node, ast.Continue):
        yield lambda node: ast.Break()


def slice_bound(node: ast.AST) -> Iterator[Change]:
    """A slice begins one later or ends one earlier."""
    if isinstance(node, ast.Slice):
        yield partial(_with_bound, "lower", ast.Add(), 1)
        yield partial(_with_bound, "upper", ast.Sub(), -1)


def _with_bound(name: str, op: ast.operator, absent: int, node: ast.Slice) -> ast.AST:
    """An absent bound becomes a number, so that one element is cut off."""
    old = getattr(node, name)
    setattr(node, name, ast.Constant(absent) if old is None else ast.BinOp(old, op, ast.Constant(1)))
    return node


def default_argument(node: ast.AST) -> Iterator[Change]:
    """A default becomes None; one that is None becomes 0."""
    if isinstance(node, ast.arguments):
        for place in range(len(node.defaults)):
            yield partial(_with_default, "defaults", place)
        for place, value in enumerate(node.kw_defaults):
            if value is not None:
                yield partial(_with_default, "kw_defaults", place)


def _with_default(name: str, place: int, node: ast.arguments) -> ast.AST:
    values = getattr(node, name)
    values[place] = ast.Constant(0 if _is_none(values[place]) else None)
    return node


def condition(node: ast.AST) -> Iterator[Change]:
    """The condition of an `if` or a `while` is negated, and each one of a comprehension."""
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        yield _negated_test
    elif isinstance(node, ast.comprehension):
        for place in range(len(node.ifs)):
            yield partial(_negated_filter, place)


def _negated_test(node: Any) -> ast.AST:
    node.test = _negated(node.test)
    return node  # type: ignore[no-any-return]


def _negated_filter(place: int, node: ast.comprehension) -> ast.AST:
    node.ifs[place] = _negated(node.ifs[place])
    return node


def _negated(test: ast.expr) -> ast.expr:
    return test.operand if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) else ast.UnaryOp(ast.Not(), test)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


OPERATORS: dict[str, Operator] = {
    operator.__name__: operator
    for operator in (
        comparison,
        arithmetic,
        boolean,
        constant,
        return_value,
        loop_exit,
        slice_bound,
        default_argument,
        condition,
    )
}
"""All kinds of change, by name."""
