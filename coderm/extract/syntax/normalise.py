"""Content keys: two texts with one key do the same, whatever their layout.

Ignored: comments, formatting, docstrings, annotations of parameters and results, imports from typing; in unit tests also the
names of TestCase classes and the messages of assertions. Names count. A text that is no Python has a key of its own text.
That holds for texts read out of model output, whose missing imports are added. The user's own code is run as it is, where an
annotation may raise: `verbatim_key` ignores layout and comments only.
"""

import ast

from coderm.extract.syntax.parsing import BadSyntax, parse
from coderm.messages.hashing import content_hash

Documented = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def program_key(code: str) -> str:
    """Return the key of a program's normalised tree."""
    tree = parse(code)
    return content_hash("text", code) if isinstance(tree, BadSyntax) else _key(normalised(tree), code)


def verbatim_key(code: str) -> str:
    """Return the key of a text's tree as it stands."""
    tree = parse(code)
    return content_hash("text", code) if isinstance(tree, BadSyntax) else _key(tree, code)


def unit_test_key(code: str) -> str:
    """Return the key of a unit test's normalised tree."""
    tree = parse(code)
    if isinstance(tree, BadSyntax):
        return content_hash("text", code)
    _rename_classes(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            node.msg = None
    return _key(normalised(tree), code)


def _key(tree: ast.Module, code: str) -> str:
    try:
        return content_hash("tree", ast.dump(tree, annotate_fields=False))
    except (RecursionError, MemoryError, ValueError):
        return content_hash("text", code)


def normalised(tree: ast.Module) -> ast.Module:
    """Take docstrings, annotations and imports from typing out of a tree, and return it."""
    tree.body = [node for node in tree.body if not (isinstance(node, ast.ImportFrom) and node.module == "typing")]
    for node in ast.walk(tree):
        if isinstance(node, Documented):
            node.body = [item for item in node.body if not _is_bare_string(item)]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
    return tree


def _is_bare_string(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _rename_classes(tree: ast.Module) -> None:
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.bases]
    names = {node.name: f"class {number}" for number, node in enumerate(classes)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            node.name = names.get(node.name, node.name)
        elif isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
