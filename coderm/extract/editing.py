"""Taking statements out of a text and replacing expressions in it, line by line, so that comments and layout survive."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from coderm.extract.parsing import BadSyntax, parse, unparse


@dataclass(frozen=True, slots=True)
class Source:
    """A module's text with its tree; every top-level statement has lines of its own."""

    text: str
    tree: ast.Module

    @property
    def body(self) -> list[ast.stmt]:
        """The top-level statements."""
        return self.tree.body


def source(text: str) -> Source | BadSyntax:
    """Parse a text."""
    tree = parse(text)
    return tree if isinstance(tree, BadSyntax) else as_source(text, tree)


def reread(old: Source, text: str) -> Source | BadSyntax:
    """Parse a text unless it is the old one."""
    return old if text == old.text else source(text)


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
    """New text for the place of a node."""

    node: ast.expr | ast.stmt
    text: str


def rewrite(old: Source, drop: Iterable[ast.stmt] = (), replace: Iterable[Replacement] = ()) -> str:
    """Return the text without the dropped top-level statements (and the comments right above them), expressions replaced."""
    lines: list[bytes | None] = [line.encode("utf-8", "surrogatepass") for line in old.text.split("\n")]
    for item in sorted(replace, key=lambda item: (item.node.lineno, item.node.col_offset), reverse=True):
        _replace(lines, item)
    dropped = list(drop)
    gone = {id(node) for node in dropped}
    for node in dropped:
        _drop(lines, first_line(node) - 1, node.end_lineno or node.lineno)
    last = max((node.end_lineno or 0 for node in old.body if id(node) not in gone), default=0)
    if any((node.end_lineno or 0) > last for node in dropped):
        lines = lines[:last]  # what stood behind the last kept statement were comments on dropped ones
    kept = [line.decode("utf-8", "surrogatepass") for line in lines if line is not None]
    return "\n".join(kept).strip("\n") + "\n"


def _replace(lines: list[bytes | None], item: Replacement) -> None:
    node = item.node
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    head, tail = lines[first], lines[last]
    if head is None or tail is None:
        return
    lines[first] = head[: node.col_offset] + item.text.encode() + tail[node.end_col_offset or 0 :]
    lines[first + 1 : last + 1] = [None] * (last - first)


def _drop(lines: list[bytes | None], start: int, end: int) -> None:
    while start > 0 and (lines[start - 1] or b"").startswith(b"#"):
        start -= 1
    lines[start:end] = [None] * (end - start)


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
