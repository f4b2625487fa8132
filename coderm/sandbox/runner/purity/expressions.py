"""Shapes of expressions that mean something particular."""

import ast
import string


def is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def is_main_guard(node: ast.expr) -> bool:
    """Whether the condition is `__name__ == "__main__"`, which never holds here."""
    match node:
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]):
            return True
    return False


def plain_format(node: ast.expr) -> bool:
    """Whether the expression is a constant format string whose fields read no attributes or items."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    try:
        fields = [(name or "", spec or "") for _, name, spec, _ in string.Formatter().parse(node.value)]
    except ValueError:
        return False
    return not any("." in name or "[" in name or "{" in spec for name, spec in fields)


def known_codec(node: ast.Call) -> bool:
    """Whether encode() or decode() names no codec, or one that is part of the interpreter's core."""
    codecs = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args]
    return not node.keywords and codecs in ([], ["utf-8"], ["ascii"], ["utf8"])
