"""What a repair may change: the values that a test expects, and nothing else of its syntax tree.

An assertion's expected side is the one that does not depend on the program. Where it is a name, the assignments to that name are
the expected value. What stands there after the repair must not depend on the program either, or the test would expect whatever
comes.
"""

import ast
from collections.abc import Iterator

from coderm.extract.syntax.normalise import normalised
from coderm.extract.syntax.parsing import BadSyntax, parse

_WRITERS = frozenset({"float", "complex", "set", "frozenset", "tuple", "bytes", "bytearray", "range", "list", "dict"})
_OPPOSITE = {"assertTrue": "assertFalse", "assertFalse": "assertTrue"}


def changed_beyond(before: str, after: str, entry: str) -> str:
    """Return what else than expected values differs between two tests of a function; empty where nothing does."""
    old, new = parse(before), parse(after)
    if isinstance(old, BadSyntax) or isinstance(new, BadSyntax):
        return "not Python"
    old, new = normalised(old), normalised(new)
    wanted, given = _mask(old, entry), _mask(new, entry)
    if ast.dump(old) != ast.dump(new):
        return "more than expected values"
    pairs = zip(wanted, given, strict=True)
    return (
        "" if all(ast.dump(one) == ast.dump(other) or is_literal(other) for one, other in pairs) else "a value that is no literal"
    )


def is_literal(node: ast.expr) -> bool:
    """Whether an expression is plain data: literals, signs, and the names and calls that Python writes data with."""
    allowed = (ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.UnaryOp, ast.USub, ast.UAdd, ast.Load, ast.Call, ast.BinOp)
    parts = list(ast.walk(node))
    names = {part.id for part in parts if isinstance(part, ast.Name)}
    plain = all(isinstance(part, (*allowed, ast.Name, ast.operator, ast.keyword)) for part in parts)
    return plain and names <= _WRITERS and all(isinstance(part.func, ast.Name) for part in parts if isinstance(part, ast.Call))


def tainted(scope: ast.AST, entry: str) -> frozenset[str]:
    """Return the names whose values depend on the program: those of the program, and what is assigned from them."""
    names = {entry}
    while True:
        found = {
            target for node in ast.walk(scope) for targets, value in _bindings(node) if mentions(value, names) for target in targets
        }
        if found <= names:
            return frozenset(names)
        names |= found


def mentions(node: ast.AST, names: "set[str] | frozenset[str]") -> bool:
    """Whether anything inside reads one of the names."""
    return any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(node))


def _bindings(node: ast.AST) -> Iterator[tuple[list[str], ast.expr]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            yield [name for target in targets for name in _names(target)], value
        case ast.AnnAssign(target=target, value=value) | ast.AugAssign(target=target, value=value) if value is not None:
            yield _names(target), value
        case ast.NamedExpr(target=target, value=value):
            yield _names(target), value
        case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
            yield _names(target), value
        case ast.withitem(context_expr=value, optional_vars=target) if target is not None:
            yield _names(target), value


def _names(target: ast.AST) -> list[str]:
    """Return the names that a target binds, or whose content it changes."""
    return [part.id for part in ast.walk(target) if isinstance(part, ast.Name)]


def assertions(tree: ast.AST) -> Iterator[ast.Call | ast.Assert]:
    """Yield calls of unittest's assertions and assert statements."""
    for node in ast.walk(tree):
        named = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr.startswith("assert")
        if isinstance(node, ast.Assert) or (isinstance(node, ast.Call) and named):
            yield node


def sides(node: ast.Call | ast.Assert) -> list[ast.expr]:
    """Return what an assertion compares: its arguments, or the sides of the comparison that it asserts."""
    if isinstance(node, ast.Assert):
        test = node.test
        return [test.left, *test.comparators] if isinstance(test, ast.Compare) else [test]
    given = [*node.args, *(item.value for item in node.keywords if item.arg in ("first", "second", "expr", "member", "container"))]
    return given[:2] if len(given) > 1 and _compares(node) else given[:1]


def _compares(node: ast.Call) -> bool:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    return name not in ("assertTrue", "assertFalse", "assertIsNone", "assertIsNotNone")


def scopes(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the test methods, and the module where it asserts by itself."""
    methods: list[ast.AST] = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    yield from methods or [tree]


def _mask(tree: ast.Module, entry: str) -> list[ast.expr]:
    """Put a mark in the place of every expected value; return the values."""
    found: list[ast.expr] = []
    for scope in scopes(tree):
        depends = tainted(scope, entry)
        for node in list(assertions(scope)):
            expected = [side for side in sides(node) if not mentions(side, depends)]
            if len(expected) != 1 or len(sides(node)) != 2:
                _mask_truth(node)
                continue
            if isinstance(expected[0], ast.Name):
                found += _mask_assignments(scope, expected[0].id)
            else:
                found.append(expected[0])
                _replace(node, expected[0])
    return found


def _mask_truth(node: ast.Call | ast.Assert) -> None:
    """`assertTrue` and `assertFalse` expect a truth value."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _OPPOSITE:
        node.func.attr = "assertTrue"


def _mask_assignments(scope: ast.AST, name: str) -> list[ast.expr]:
    found: list[ast.expr] = []
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and [target.id for target in node.targets if isinstance(target, ast.Name)] == [name]:
            found.append(node.value)
            node.value = ast.Constant("<expected>")
    return found


def _replace(node: ast.Call | ast.Assert, side: ast.expr) -> None:
    mark = ast.Constant("<expected>")
    if isinstance(node, ast.Assert):
        compared = node.test
        assert isinstance(compared, ast.Compare)
        if compared.left is side:
            compared.left = mark
        compared.comparators = [mark if item is side else item for item in compared.comparators]
        return
    node.args = [mark if item is side else item for item in node.args]
    for keyword in node.keywords:
        if keyword.value is side:
            keyword.value = mark
