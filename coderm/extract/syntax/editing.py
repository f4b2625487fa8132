"""Taking statements out of a text and replacing expressions in it, line by line, so that comments and layout survive."""

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from coderm.extract.syntax.parsing import BadSyntax, parse, unparse


@dataclass(frozen=True, slots=True)
class Source:
    """A module's text with its tree; every top-level statement has lines of its own."""

    text: str
    tree: ast.Module

    @property
    def body(self) -> list[ast.stmt]:
        """The top-level statements."""
        return self.tree.body

    @property
    def lines(self) -> list[bytes]:
        """The lines encoded, as the columns of a tree count."""
        return self.text.encode().split(b"\n")


def source(text: str) -> Source | BadSyntax:
    """Parse a text."""
    tree = parse(text)
    return tree if isinstance(tree, BadSyntax) else as_source(text, tree)


Change = Callable[[Source], str]
"""Returns a module's new text."""


def changed(code: Source, *changes: Change) -> Source | BadSyntax:
    """Make changes one after another; the first that leaves no Python ends them."""
    for change in changes:
        text = change(code)
        new = code if text == code.text else source(text)
        if isinstance(new, BadSyntax):
            return new
        code = new
    return code


def improved(code: Source, *changes: Change) -> Source:
    """Make changes one after another, but for those that leave no Python."""
    for change in changes:
        new = changed(code, change)
        code = code if isinstance(new, BadSyntax) else new
    return code


def as_source(text: str, tree: ast.Module) -> Source | BadSyntax:
    """Join a text with its tree; the text is written anew when statements share a line."""
    if all(first_line(after) > (node.end_lineno or 0) for node, after in zip(tree.body, tree.body[1:], strict=False)):
        return Source(text, tree)
    plain = unparse(tree)
    again = plain if isinstance(plain, BadSyntax) else parse(plain)
    return again if isinstance(again, BadSyntax) else Source(str(plain), again)


def first_line(node: ast.stmt) -> int:
    """Return a statement's first line, decorators included; counts from 1."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(item.lineno for item in decorators)])


@dataclass(frozen=True, slots=True)
class Replacement:
    """New text for a place: from a line and column to another; lines count from 1, columns are bytes from 0."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


def replacement(node: ast.expr | ast.stmt, text: str) -> Replacement:
    """Put a text in the place of a node."""
    return Replacement((node.lineno, node.col_offset), (_last_line(node), node.end_col_offset or 0), text)


def inserted(node: ast.stmt, text: str) -> Replacement:
    """Put lines behind a statement's last one."""
    place = _last_line(node) + 1, 0
    return Replacement(place, place, text + "\n")


def lines_dropped(first: int, last: int) -> Replacement:
    """Drop whole lines, from one to another inclusive."""
    return Replacement((first, 0), (last + 1, 0), "")


def segment(lines: Sequence[bytes], node: ast.expr) -> str:
    """Return the text of an expression; `lines` are the module's, encoded."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    if first == last:
        return lines[first][node.col_offset : node.end_col_offset].decode()
    parts = [lines[first][node.col_offset :], *lines[first + 1 : last], lines[last][: node.end_col_offset]]
    return b"\n".join(parts).decode()


_Edit = tuple[int, int, bytes]
"""Bytes from a place, to a place, and what stands there instead."""


def rewrite(old: Source, drop: Sequence[ast.stmt] = (), replace: Sequence[Replacement] = ()) -> str:
    """Return the text without the dropped top-level statements (and the comments right above them), expressions replaced.

    Where there is nothing to do the text is the old one. Of edits that overlap the first one counts. Linear in the text and the
    number of edits.
    """
    if not drop and not replace:
        return old.text
    lines = old.lines
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    edits = [_drop(lines, starts, node) for node in drop]
    edits += [(_place(starts, item.start), _place(starts, item.end), item.text.encode()) for item in replace]
    return _applied(old.text.encode()[: _end(old, starts, drop)], edits).decode().strip("\n") + "\n"


def _applied(raw: bytes, edits: Iterable[_Edit]) -> bytes:
    parts: list[bytes] = []
    at = 0
    for start, end, text in sorted(edits, key=lambda edit: edit[:2]):
        if at <= start:
            parts += [_upto(raw, at, start), text]
            at = end
    return b"".join([*parts, raw[at:]])


def _upto(raw: bytes, at: int, start: int) -> bytes:
    """Return a stretch of a text, with a line end where it stops at a text's last line that has none."""
    return raw[at:start] + (b"\n" if start > len(raw) and raw else b"")


def _end(old: Source, starts: list[int], dropped: Sequence[ast.stmt]) -> int:
    """Return where the text ends: behind the last kept statement when one behind it is dropped, as are comments on it."""
    gone = {id(node) for node in dropped}
    last = max((_last_line(node) for node in old.body if id(node) not in gone), default=0)
    return starts[last] if any(_last_line(node) > last for node in dropped) else starts[-1]


def _place(starts: list[int], place: tuple[int, int]) -> int:
    return starts[place[0] - 1] + place[1]


def _drop(lines: list[bytes], starts: list[int], node: ast.stmt) -> _Edit:
    start = first_line(node) - 1
    while start > 0 and lines[start - 1].startswith(b"#"):
        start -= 1
    return starts[start], starts[_last_line(node)], b""


def _last_line(node: ast.expr | ast.stmt) -> int:
    return node.end_lineno or node.lineno


def with_header(text: str, header: Iterable[str]) -> str:
    """Put statements in front of a module, behind its docstring and `__future__` imports."""
    added = "\n".join(header)
    if not added:
        return text
    tree = parse(text)
    lines = text.split("\n")
    at = 0
    for number, node in enumerate([] if isinstance(tree, BadSyntax) else tree.body):
        is_docstring = number == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not is_docstring and not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            break
        at = node.end_lineno or at
    gap = [] if lines[at:] and lines[at].startswith(("import ", "from ")) else [""]
    return "\n".join([*lines[:at], added, *gap, *lines[at:]])
