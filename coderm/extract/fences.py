"""Markdown code blocks of an answer, by lines.

A fence is three or more backticks or tildes, indented or after prose. A block ends at the first closing fence at which its
text is Python, so that fences inside docstrings do not end it; where no end makes it Python, at the first one. A fence with a
language opens a new block even where the last was never closed; a block nothing closes runs to the end of the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from coderm.extract.parsing import parse_dedented

OPEN = re.compile(r"^([ \t]*)(?:[-*+>]|\d+[.)])?[ \t]*(`{3,}|~{3,})[ \t]*([^`~]*)$")
OPEN_AFTER_PROSE = re.compile(r"^[^`~]*\S[^`~]*?(`{3,})([A-Za-z0-9_+.-]*)[ \t]*$")
ONE_LINE = re.compile(r"^[^`]*```(?:python3?|py)?[ \t]+([^`]+)```[ \t]*$")
MAX_CLOSERS = 6  # a docstring rarely holds more than two fenced examples; each try costs one parse


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """One block's text. `closed` is False when the answer ended inside it."""

    text: str
    closed: bool = True


@dataclass(frozen=True, slots=True)
class _End:
    """Where a block may end: its text stops before `line` (plus `tail` of that line); reading goes on at `after`."""

    line: int
    after: int
    tail: str | None = None


def split_blocks(text: str) -> tuple[str, tuple[CodeBlock, ...]]:
    """Return the text before the first fence, and the fenced blocks in order. Without a fence all of the text comes first."""
    lines = text.split("\n")
    before: list[str] | None = None
    blocks: list[CodeBlock] = []
    at = 0
    while at < len(lines):
        if (single := ONE_LINE.match(lines[at])) is not None:
            before = lines[:at] if before is None else before
            blocks.append(CodeBlock(single[1]))
            at += 1
        elif (opened := _opening(lines[at])) is not None:
            before = lines[:at] if before is None else before
            block, at = _block(lines, at, *opened)
            blocks.append(block)
        else:
            at += 1
    return ("\n".join(lines if before is None else before), tuple(blocks))


def _opening(line: str) -> tuple[str, int] | None:
    """Return (fence, indent) when a line opens a block."""
    if "```" not in line and "~~~" not in line:
        return None
    if (match := OPEN.match(line)) is not None:
        return match[2], len(match[1])
    match = OPEN_AFTER_PROSE.match(line)
    return (match[1], 0) if match else None


def _block(lines: list[str], start: int, fence: str, indent: int) -> tuple[CodeBlock, int]:
    first: tuple[CodeBlock, int] | None = None
    for end in _ends(lines, start + 1, fence):
        body = lines[start + 1 : end.line] + ([end.tail] if end.tail is not None else [])
        block = CodeBlock("\n".join(_outdent(line, indent) for line in body))
        if isinstance(parse_dedented(block.text), tuple):
            return block, end.after
        first = first or (block, end.after)
    if first is not None:
        return first
    rest = "\n".join(_outdent(line, indent) for line in lines[start + 1 :])
    return CodeBlock(rest, closed=False), len(lines)


def _ends(lines: list[str], start: int, fence: str) -> Iterator[_End]:
    found = 0
    for number in range(start, len(lines)):
        line = lines[number]
        if fence not in line:
            continue
        match = OPEN.match(line)
        if match is not None:
            yield _End(number, number + 1 if not match[3].strip() else number)
        elif line.rstrip().endswith(fence):
            yield _End(number, number + 1, line.rstrip()[: -len(fence)])
        else:
            continue
        found += 1
        if found == MAX_CLOSERS:
            return


def _outdent(line: str, indent: int) -> str:
    blank = len(line) - len(line.lstrip(" \t"))
    return line[min(indent, blank) :]
