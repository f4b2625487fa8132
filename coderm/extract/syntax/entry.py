"""The entry point: which names a problem asks for, and whether a module has them.

A problem asks for a class when its entry point is dotted (`Solution.two_sum`) or its stub declares the class; else for a plain
function. Whatever is asked for, a program with the other form is given an adapter, so that tests may use either.
"""

import ast
from dataclasses import dataclass

from coderm.extract.syntax.parsing import parse
from coderm.extract.syntax.scopes import Function, bound, own_nodes
from coderm.messages.problem import Problem

HOLDER = "Solution"  # the class name of LeetCode's stubs


@dataclass(frozen=True, slots=True)
class Entry:
    """`name` is the function or method asked for, empty when any will do; `holder` the class asked for, empty for none."""

    name: str
    holder: str = ""

    @property
    def hidden(self) -> frozenset[str]:
        """Names that belong to the program and that no test may bind."""
        return frozenset({self.name, self.holder} - {""})


def entry_of(problem: Problem) -> Entry:
    """Read a problem's entry point."""
    holder, _, name = problem.entry_point.strip().rpartition(".")
    if not holder and name and f"class {HOLDER}" in problem.prompt:
        tree = parse(problem.prompt)
        is_function = isinstance(tree, ast.Module) and any(isinstance(node, Function) and node.name == name for node in tree.body)
        holder = "" if is_function else HOLDER
    return Entry(name, holder)


def defines(tree: ast.Module, entry: Entry, stub: bool = False) -> bool:
    """Whether a module has the entry point in either form; with a body, unless a stub will do."""
    if not entry.name:
        return any(isinstance(node, Function | ast.ClassDef) and (stub or not is_stub(node)) for node in tree.body)
    plain = function(tree, entry.name)
    if isinstance(plain, Function):
        return stub or not is_stub(plain)
    if plain is not None:
        return True
    method = _method_holder(tree, entry)
    return method is not None and (stub or any(not is_stub(item) for item in _methods(method, entry.name)))


def function(tree: ast.Module, name: str) -> ast.stmt | None:
    """Return the last top-level statement that binds a name to something of its own, not merely to an import."""
    imports = (ast.Import, ast.ImportFrom)
    return next((node for node in reversed(tree.body) if not isinstance(node, imports) and name in bound(node)), None)


def is_stub(node: ast.AST) -> bool:
    """Whether a function has nothing but a docstring, `pass`, `...` or `raise NotImplementedError` for a body."""
    return isinstance(node, Function) and all(map(_is_blank, node.body))


def _is_blank(node: ast.stmt) -> bool:
    if isinstance(node, ast.Raise):
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def adapter(tree: ast.Module, entry: Entry) -> str:
    """Return the lines that give a module the form it lacks; a new object per call, so that no state leaks between tests."""
    if not entry.name:
        return ""
    plain, holder = function(tree, entry.name), _method_holder(tree, entry)
    if _is_method(plain) and function(tree, entry.holder or HOLDER) is None:
        return _gathered(tree, entry)
    if plain is None and holder is not None:
        return _calling(holder.name, entry.name)
    if plain is not None and entry.holder and function(tree, entry.holder) is None:
        return f"\n\nclass {entry.holder}:\n    {entry.name} = staticmethod({entry.name})\n"
    return ""


def _is_method(node: ast.AST | None) -> bool:
    """Whether a function is a method that lost its class."""
    return isinstance(node, Function) and [item.arg for item in node.args.args[:1]] == ["self"]


def _gathered(tree: ast.Module, entry: Entry) -> str:
    """Return the class that methods without one belong to, and the entry point as a function where that is asked for."""
    names = dict.fromkeys(node.name for node in tree.body if _is_method(node) and isinstance(node, Function))
    holder = entry.holder or HOLDER
    text = f"\n\nclass {holder}:\n" + "".join(f"    {name} = {name}\n" for name in names)
    return text if entry.holder else text + _calling(holder, entry.name)


def _calling(holder: str, name: str) -> str:
    return f"\n\ndef {name}(*args, **kwargs):\n    return {holder}().{name}(*args, **kwargs)\n"


def answers(tree: ast.Module, entry: Entry) -> bool:
    """Whether the entry point returns or yields something in its own body, not merely in a function inside it."""
    plain = function(tree, entry.name)
    holder = _method_holder(tree, entry)
    found = [plain] if isinstance(plain, Function) else _methods(holder, entry.name) if holder else []
    return any(isinstance(node, ast.Return | ast.Yield | ast.YieldFrom | ast.Raise) for top in found for node in own_nodes(top))


def _method_holder(tree: ast.Module, entry: Entry) -> ast.ClassDef | None:
    """Return the class that has the method: the one asked for, else `Solution`, else the last that needs no arguments."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and _methods(node, entry.name) and _is_plain(node)]
    named = [node for node in classes if node.name in (entry.holder or HOLDER, HOLDER)]
    if entry.holder:
        classes = named
    best = named or classes
    return best[-1] if best else None


def _methods(holder: ast.ClassDef, name: str) -> list[Function]:
    return [node for node in holder.body if isinstance(node, Function) and node.name == name]


def _is_plain(node: ast.ClassDef) -> bool:
    """Whether a class can be made without arguments."""
    for method in _methods(node, "__init__"):
        given = method.args
        if len(given.posonlyargs + given.args) - len(given.defaults) > 1 or None in given.kw_defaults:
            return False
    return True
