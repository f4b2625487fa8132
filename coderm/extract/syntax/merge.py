"""Names that the chosen block reads but never binds, taken from other blocks or from the problem's stub."""

import ast
from collections.abc import Sequence

from coderm.extract.syntax.editing import Source, first_line, with_header
from coderm.extract.syntax.scopes import Scope, bound, unbound

MAX_ROUNDS = 8  # a helper may need a helper; longer chains are not written in pieces
Provider = Scope | ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign


def merged(chosen: Source, providers: Sequence[Source], reserved: frozenset[str] = frozenset()) -> str:
    """Return the chosen text with what it lacks in front; nearest provider first; reserved names are never taken."""
    text = chosen.text
    for _ in range(MAX_ROUNDS if providers else 0):
        lacking = unbound(text) - reserved
        found = _definitions(lacking, providers)
        if not found:
            break
        text = with_header(text, found)
    return text


def _definitions(names: frozenset[str], providers: Sequence[Source]) -> list[str]:
    found: list[str] = []
    left = set(names)
    for provider in providers:
        lines = provider.text.split("\n")
        for node in provider.body:
            given = bound(node) if isinstance(node, Provider) else frozenset()
            if given & left:
                left -= given
                found.append(_text(lines, node))
    return found


def _text(lines: list[str], node: ast.stmt) -> str:
    text = "\n".join(lines[first_line(node) - 1 : node.end_lineno])
    return text + "\n\n" if isinstance(node, Scope) else text
