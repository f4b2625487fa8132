"""Dotted names in a syntax tree."""

import ast


def path_of(node: ast.expr) -> str:
    """Return a dotted name as text; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""
