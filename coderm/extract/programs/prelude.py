"""What a benchmark lets every program count on: its prelude of imports, and what the prompt defines beside the entry point.

A program gets in front of its text what it does not bind itself. From a prelude, whose `import *` bind hundreds of names, it gets
the imports of the names that it reads; of two statements that bind a name the later counts, as when the prelude is executed.
"""

import ast
import importlib
import sys
from functools import lru_cache

from coderm.extract.syntax.editing import Source, source, with_header
from coderm.extract.syntax.entry import Entry, entry_of
from coderm.extract.syntax.imports import MODULES
from coderm.extract.syntax.merge import Provider
from coderm.extract.syntax.parsing import BadSyntax, parse, unparse
from coderm.extract.syntax.scopes import bound, unbound
from coderm.messages.problem import Problem


def runnable(text: str, problem: Problem) -> str:
    """Return a program with what its problem grants and it lacks; unchanged when it lacks nothing or is no Python."""
    if not (problem.prompt or problem.prelude):
        return text
    tree = parse(text)
    if isinstance(tree, BadSyntax):
        return text
    own = frozenset(name for node in tree.body for name in bound(node))
    added = [text for names, text in _stub_context(problem.prompt, entry_of(problem)) if names - own]
    imports = _granted(f"{problem.prelude}\n{problem.prompt}")
    lacking = unbound("\n".join([*added, text])) - own
    return with_header(text, [*dict.fromkeys(imports[name] for name in sorted(lacking & imports.keys())), *added])


@lru_cache(maxsize=64)
def _stub_context(prompt: str, entry: Entry) -> tuple[tuple[frozenset[str], str], ...]:
    """Return (names, text) of the statements of a stub that bind something else than the entry point."""
    stub = _read_stub(prompt)
    if stub is None:
        return ()
    found = []
    for node in stub.body:
        names = bound(node) - entry.hidden
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if isinstance(node, Provider) and names == bound(node) and names - {"*"} and not is_future:
            found.append((names, str(unparse(node))))
    return tuple(found)


def _read_stub(prompt: str) -> Source | None:
    """Parse a stub, whose last function may lack its body."""
    last = (prompt.rstrip().splitlines() or [""])[-1]
    indent = " " * (len(last) - len(last.lstrip()) + 4)
    for text in (prompt, f"{prompt.rstrip()}\n{indent}pass\n"):
        if isinstance(found := source(text), Source):
            return found
    return None


@lru_cache(maxsize=64)
def _granted(text: str) -> dict[str, str]:
    """Return the import statement behind each name that the `import` lines of a prelude or a stub bind."""
    stub = _read_stub(text)
    found: dict[str, str] = {}
    for node in stub.body if stub is not None else ():
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*" and node.module:
            found.update((name, f"from {node.module} import {name}") for name in _public(node.module))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found.update((name, str(unparse(node))) for name in bound(node))
    return found


@lru_cache(maxsize=64)
def _public(module: str) -> frozenset[str]:
    """Return what `from module import *` binds; nothing for a module that is not Python's own."""
    if module not in MODULES or module not in sys.stdlib_module_names:
        return frozenset()
    names = vars(importlib.import_module(module))
    return frozenset(names.get("__all__", (name for name in names if not name.startswith("_"))))
