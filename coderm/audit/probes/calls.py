"""What test texts show of the function they test: the values they expect of it, and the arguments they call it with."""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from coderm.extract.syntax.parsing import BadSyntax, parse

CANDIDATE = "candidate"
"""What HumanEval's tests call the program."""
_SAID = {"assertTrue": ("True",), "assertFalse": ("False",), "assertIsNone": ("None",)}
LONGEST = 2000
"""Characters of a literal that is looked at."""


def expected_values(tests: Iterable[str], entry: str) -> list[str]:
    """Return the literals that calls of the entry point are compared with, as source, the most frequent first."""
    found = Counter(value for tree in _trees(tests) for node in ast.walk(tree) for value in _expected(node, entry))
    return [value for value, _ in found.most_common()]


def shown_calls(tests: Iterable[str], entry: str) -> list[tuple[tuple[Any, ...], str]]:
    """Return (arguments, expected value as source) of every assertion that a literal call of the entry point equals a literal."""
    found = []
    for tree in _trees(tests):
        for node in ast.walk(tree):
            for call, value in _equalities(node):
                arguments = _arguments(call, entry)
                if arguments is not None and (text := _literal(value)) is not None:
                    found.append((arguments, text))
    return found


def literal_arguments(tests: Iterable[str], entry: str) -> list[tuple[Any, ...]]:
    """Return the arguments of every call of the entry point whose arguments are literals, each once, in order."""
    calls = (node for tree in _trees(tests) for node in ast.walk(tree) if isinstance(node, ast.Call))
    found = {repr(given): given for node in calls if (given := _arguments(node, entry)) is not None}
    return list(found.values())


def _trees(tests: Iterable[str]) -> Iterator[ast.Module]:
    return (tree for text in tests if not isinstance(tree := parse(text), BadSyntax))


def _expected(node: ast.AST, entry: str) -> Iterator[str]:
    for call, value in _equalities(node):
        if _names(call, entry) and (text := _literal(value)) is not None:
            yield text
    if isinstance(node, ast.Assert):
        test = node.test
        if _names(test, entry):
            yield "True"
        elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) and _names(test.operand, entry):
            yield "False"
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args and _names(node.args[0], entry):
        yield from _SAID.get(node.func.attr, ())


def _equalities(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield both orders of what an expression says is equal."""
    sides: tuple[ast.expr, ...] = ()
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.Is):
        sides = (node.left, node.comparators[0])
    elif isinstance(node, ast.Call) and len(node.args) >= 2 and _asserts_equal(node.func):
        sides = (node.args[0], node.args[1])
    if sides:
        yield sides[0], sides[1]
        yield sides[1], sides[0]


def _asserts_equal(function: ast.expr) -> bool:
    """Whether it is `assertEqual` or a kin of it."""
    name = function.attr if isinstance(function, ast.Attribute) else ""
    return name.startswith("assert") and "Equal" in name and "Not" not in name


def _names(node: ast.expr, entry: str) -> bool:
    """Whether an expression is a call of the entry point, under its name or as `candidate`, as a function or a method."""
    if not isinstance(node, ast.Call):
        return False
    name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
    return name in (entry, CANDIDATE)


def _arguments(node: ast.expr, entry: str) -> tuple[Any, ...] | None:
    if not isinstance(node, ast.Call) or not _names(node, entry) or node.keywords:
        return None
    try:
        return tuple(ast.literal_eval(argument) for argument in node.args)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _literal(node: ast.expr) -> str | None:
    """Return the source of an expression that is a literal of bounded length, else None."""
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    text = ast.unparse(node)
    return text if len(text) <= LONGEST else None
