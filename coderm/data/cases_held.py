"""The cases that a unit test holds: what it calls and what it expects of that, whatever names and layout it has.

A case is an assertion of which one side depends on the program and the other does not, with what local names stand for put in. An
assertion whose sides both depend on the program, or neither does, expects nothing of its own. A relation between two different
calls is a case, too.
"""

import ast
import copy
from collections.abc import Iterator

from coderm.data.expected_values import assertions, mentions, scopes, sides, tainted
from coderm.extract.syntax.parsing import BadSyntax, parse
from coderm.messages.hashing import content_hash

UNLIKE = frozenset(
    {"assertNotEqual", "assertAlmostEqual", "assertNotAlmostEqual", "assertGreaterEqual", "assertLessEqual", "assertCountEqual"}
)
DEPTH = 4
"""Rounds of putting in what a name stands for; a longer chain of assignments stays as it is."""


def cases_held(test: str, entry: str) -> frozenset[str]:
    """Return hashes of the cases of a test of a function; none for a test that expects nothing of its own."""
    tree = parse(test)
    if isinstance(tree, BadSyntax):
        return frozenset()
    set_up = [scope for scope in scopes(tree) if getattr(scope, "name", "") in ("setUp", "setUpClass")]
    fixtures = _assigned(node for scope in set_up for node in ast.walk(scope))
    found: set[str] = set()
    for scope in scopes(tree):
        found.update(_cases(scope, entry, fixtures))
    return frozenset(found)


def _cases(scope: ast.AST, entry: str, fixtures: dict[str, ast.expr]) -> Iterator[str]:
    depends = tainted(scope, entry)
    values = fixtures | _assigned(ast.walk(scope))
    for node in assertions(scope):
        compared = [_inlined(side, values) for side in sides(node)]
        own = [mentions(side, depends) for side in sides(node)]
        if not any(own) or (len(compared) > 1 and all(own) and len(set(map(ast.dump, compared))) == 1):
            continue
        around = [ast.dump(loop.iter) for loop in ast.walk(scope) if isinstance(loop, ast.For) and _within(node, loop)]
        yield content_hash(_kind(node), *around, *sorted(map(ast.dump, compared)))


def _kind(node: ast.Call | ast.Assert) -> str:
    """Name what is asserted; all ways to say that two values are equal are one."""
    if isinstance(node, ast.Assert):
        test = node.test
        kind = type(test.ops[0]).__name__ if isinstance(test, ast.Compare) else "true"
    else:
        kind = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    return "equal" if kind == "Eq" or (kind.startswith("assert") and kind.endswith("Equal") and kind not in UNLIKE) else kind


def _within(node: ast.AST, loop: ast.For) -> bool:
    return any(part is node for part in ast.walk(loop))


def _assigned(nodes: Iterator[ast.AST]) -> dict[str, ast.expr]:
    """Map names, and attributes of self, that are assigned once to their values."""
    found: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            pairs = [(node.targets[0], node.value)]
            target = node.targets[0]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple) and len(target.elts) == len(node.value.elts):
                pairs = list(zip(target.elts, node.value.elts, strict=True))
            for item, value in pairs:
                if name := _key(item):
                    found.setdefault(name, []).append(value)
    once = {name: values[0] for name, values in found.items() if len(values) == 1}
    return {name: value for name, value in once.items() if not any(_key(part) == name for part in ast.walk(value))}


def _inlined(node: ast.expr, values: dict[str, ast.expr]) -> ast.expr:
    found = node
    for _ in range(DEPTH):
        if not any(_key(part) in values for part in ast.walk(found)):
            break
        found = _PutIn(values).visit(copy.deepcopy(found))
    return found


def _key(node: ast.AST) -> str:
    """Name what an assignment may have given a value: a name, or an attribute of self."""
    if isinstance(node, ast.Name):
        return node.id
    return f"self.{node.attr}" if isinstance(node, ast.Attribute) and _is_self(node.value) else ""


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


class _PutIn(ast.NodeTransformer):
    """Puts in what names stand for."""

    def __init__(self, values: dict[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.AST:
        value = self._values.get(node.id)
        return node if value is None else copy.deepcopy(value)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        value = self._values.get(_key(node))
        return self.generic_visit(node) if value is None else copy.deepcopy(value)
