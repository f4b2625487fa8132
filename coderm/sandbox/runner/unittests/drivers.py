"""Removes drivers from a test module: statements that run its tests at import, such as an unguarded `unittest.main()`.

`unittest.main()` at the end of a text ends the process, and a runner runs every test twice. Statements outside of functions and
classes go if they start a run, if they use the result of a run, or if they end the process. All others stay.
"""

import ast
from collections.abc import Iterator

from ..constants import word_set

_SIGNS = ("main", "Runner", "testmod", "testfile", "run_docstring_examples", "exit", "quit")
"""A text without any of these holds no driver."""
_STARTS = word_set("""
    unittest.main unittest.TestProgram unittest.main.main unittest.main.TestProgram doctest.testmod doctest.testfile
    doctest.run_docstring_examples pytest.main nose.main nose.run nose.runmodule
""")
_ENDS = word_set("sys.exit exit quit os._exit")
_OF_UNITTEST = word_set("main TestProgram TextTestRunner")
"""Names that `from unittest import *` brings."""
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def without_drivers(text: str) -> str:
    """Return a test module without its drivers. Raises SyntaxError, RecursionError or MemoryError, as the parser does."""
    if not any(sign in text for sign in _SIGNS):
        return text
    tree = ast.parse(text)
    return _cut(text, list(_Drivers(tree).statements(tree.body)))


def _cut(text: str, statements: list[ast.stmt]) -> str:
    data = text.encode()
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node in reversed(statements):
        begin = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        data = data[:begin] + b"pass" + data[end:]
    return data.decode()


class _Drivers:
    """Finds the drivers of one module."""

    def __init__(self, tree: ast.Module) -> None:
        self._names = _imported(tree)
        self._removed: set[str] = set()
        """Names bound by drivers only: results, and functions that start a run."""
        self._runners = {name for node in tree.body for name in self._made_runners(node)}
        functions = [node for node in tree.body if isinstance(node, _FUNCTIONS)]
        for _ in functions:  # a function may drive by calling the next
            self._removed |= {node.name for node in functions if any(map(self._starts, ast.walk(node)))}

    def statements(self, body: list[ast.stmt], *, top: bool = True) -> Iterator[ast.stmt]:
        """Yield statements that drive, in their order."""
        for node in body:
            if isinstance(node, _SCOPES):
                continue
            parts = _blocks(node)
            inside = {id(sub) for part in parts for statement in part for sub in ast.walk(statement)}
            if self._drives([sub for sub in ast.walk(node) if id(sub) not in inside], top=top):
                self._removed |= {sub.id for sub in ast.walk(node) if isinstance(sub, ast.Name) and isinstance(sub.ctx, ast.Store)}
                yield node
            else:
                for part in parts[1:] if _is_guard(node) else parts:
                    yield from self.statements(part, top=False)

    def _drives(self, nodes: list[ast.AST], *, top: bool) -> bool:
        used = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        return bool(used & self._removed) or any(self._starts(node) or (top and self._ends(node)) for node in nodes)

    def _starts(self, node: ast.AST) -> bool:
        """Whether something starts a run: a call of a driver, or of the method of a runner."""
        if not isinstance(node, ast.Call):
            return False
        if isinstance(node.func, ast.Name) and node.func.id in self._removed:
            return True
        if isinstance(node.func, ast.Attribute) and node.func.attr == "run":
            owner = node.func.value
            return self._makes_runner(owner) or (isinstance(owner, ast.Name) and owner.id in self._runners)
        return self._name(node.func) in _STARTS

    def _ends(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Raise) and node.exc is not None:
            return self._name(node.exc.func if isinstance(node.exc, ast.Call) else node.exc) == "SystemExit"
        return isinstance(node, ast.Call) and self._name(node.func) in _ENDS

    def _made_runners(self, node: ast.stmt) -> Iterator[str]:
        if isinstance(node, ast.Assign) and self._makes_runner(node.value):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))

    def _makes_runner(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Call) and self._name(node.func).endswith("TestRunner")

    def _name(self, node: ast.expr) -> str:
        """Return the dotted name that an expression is, by the module it was imported from."""
        if isinstance(node, ast.Attribute):
            return f"{self._name(node.value)}.{node.attr}"
        return self._names.get(node.id, node.id) if isinstance(node, ast.Name) else ""


def _imported(tree: ast.Module) -> dict[str, str]:
    """Return the dotted names behind all imported names."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom) and node.names[0].name != "*":
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "unittest":
            found |= {name: f"unittest.{name}" for name in _OF_UNITTEST}
    return found


def _blocks(node: ast.stmt) -> list[list[ast.stmt]]:
    """Return the statements inside a statement, block by block."""
    holders = [node, *getattr(node, "handlers", ()), *getattr(node, "cases", ())]
    found = [getattr(holder, name, None) for holder in holders for name in ("body", "orelse", "finalbody")]
    return [block for block in found if isinstance(block, list)]


def _is_guard(node: ast.stmt) -> bool:
    """Whether a statement's first block runs in the main module only, and so never here."""
    if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare) or not isinstance(node.test.ops[0], ast.Eq):
        return False
    sides = [ast.unparse(side) for side in (node.test.left, *node.test.comparators)]
    return sorted(sides) == ["'__main__'", "__name__"]
