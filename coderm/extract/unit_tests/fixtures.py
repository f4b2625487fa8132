"""Fixtures of pytest that a module defines itself: what a test needs is made by calling them, anew for every test.

Served are functions without options; what is shared, automatic or built into pytest is not.
"""

import ast
from dataclasses import dataclass, field

from coderm.extract.syntax.dotted import path_of
from coderm.extract.syntax.scopes import Function, functions, own_nodes

NAMES = ("pytest.fixture", "fixture")
STACK = "opened"
MAX_DEPTH = 16  # fixtures that need one another; more are no test that a model writes


@dataclass(slots=True)
class Fixtures:
    """The fixtures of a module, by name."""

    known: dict[str, Function] = field(default_factory=dict)

    def lines(self, names: list[str]) -> list[str] | None:
        """Return statements that bind `given_<name>` for each name, what they need first; None where one cannot be served."""
        done: dict[str, str] = {}
        return list(done.values()) if all(self._add(name, done, ()) for name in names) else None

    def _add(self, name: str, done: dict[str, str], above: tuple[str, ...]) -> bool:
        if name in done:
            return True
        node = self.known.get(name)
        if node is None or name in above or len(above) == MAX_DEPTH:
            return False
        needed = required(node)
        if not all(self._add(other, done, (*above, name)) for other in needed):
            return False
        given = ", ".join(f"{other}=given_{other}" for other in needed)
        made = f"{STACK}.enter_context(contextlib.contextmanager({name})({given}))" if _yields(node) else f"{name}({given})"
        done[name] = f"given_{name} = {made}"
        return True


def fixtures_of(tree: ast.Module) -> tuple[Fixtures, list[ast.expr]]:
    """Return the fixtures that can be served, and their decorators, which must go."""
    found: dict[str, Function] = {}
    decorators: list[ast.expr] = []
    for name, node in functions(tree.body).items():
        if isinstance(node, ast.FunctionDef) and len(node.decorator_list) == 1 and _is_plain(node.decorator_list[0]):
            found[name] = node
            decorators += node.decorator_list
    return Fixtures(found), decorators


def required(node: Function, skipped: int = 0) -> list[str]:
    """Return the names of the parameters that have no default, without the first ones."""
    given = node.args
    plain = [*given.posonlyargs, *given.args]
    named = [item.arg for item, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default is None]
    return [item.arg for item in plain[: len(plain) - len(given.defaults)]][skipped:] + named


def _is_plain(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        options = {word.arg: word.value for word in node.keywords}
        scope = options.pop("scope", None)
        default = scope is None or (isinstance(scope, ast.Constant) and scope.value == "function")
        return path_of(node.func) in NAMES and not node.args and not options and default
    return path_of(node) in NAMES


def _yields(top: Function) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(top))
