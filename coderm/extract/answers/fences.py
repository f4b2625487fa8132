"""Markdown code blocks of an answer, by lines.

A fence is three or more backticks or tildes, indented or after prose. A block ends at the first closing fence at which its
text is Python, so that fences inside docstrings do not end it; where no end makes it Python, at the first one. A fence with a
language opens a new block even where the last was never closed; a block nothing closes runs to the end of the text.
Every line is looked at a bounded number of times.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from coderm.extract.answers.marks import MARK
from coderm.extract.syntax.parsing import parse_dedented

OPEN = re.compile(r"([ \t]*+)(?:[-*+>]|\d{1,9}+[.)])?+[ \t]*+(`{3,}+|~{3,}+)[ \t]*+([^`~]*+)$")
TAG = re.compile(r"[A-Za-z0-9_+.-]*+$")
ONE_LINE = re.compile(r"[^`]*+```(?:(?:python3?|py)?[ \t]++|(?=(?:def|class|import|from)[ \t]))([^`]++)```[ \t]*+$")
CODE_AFTER_TAG = re.compile(r"(?:python3?|py)?[ \t]*+((?:def|class|import|from|async def|@\w)[ \t\w].*+)$", re.IGNORECASE)
MAX_CLOSERS = 6  # a docstring rarely holds more than two fenced examples; each try costs one parse


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """One block's text. `closed` is False when the answer ended inside it; `start` and `end` are its lines, without fences."""

    text: str
    closed: bool = True
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class _Opening:
    """A line that opens a block: its fence, its indentation, and code that stands behind the language."""

    fence: str
    indent: int = 0
    code: str = ""


@dataclass(frozen=True, slots=True)
class _End:
    """Where a block may end: its text stops before `line` (plus `tail` of that line); reading goes on at `after`.

    `sure` is False for a fence with prose behind it, which is an end only where the text before it is Python.
    """

    line: int
    after: int
    tail: str | None = None
    sure: bool = True


def split_blocks(text: str) -> tuple[str, tuple[CodeBlock, ...]]:
    """Return the text before the first fence, and the fenced blocks in order. Without a fence all of the text comes first."""
    lines = text.split("\n")
    before: list[str] | None = None
    blocks: list[CodeBlock] = []
    at = 0
    while at < len(lines):
        if (single := ONE_LINE.match(lines[at])) is not None:
            before = lines[:at] if before is None else before
            blocks.append(CodeBlock(single[1], start=at, end=at + 1))
            at += 1
        elif (opened := _opening(lines[at])) is not None:
            before = lines[:at] if before is None else before
            block, at = _block(lines, at, opened)
            blocks.append(block)
        else:
            at += 1
    return ("\n".join(lines if before is None else before), tuple(blocks))


def _opening(line: str) -> _Opening | None:
    """Read a line that opens a block."""
    if "```" not in line and "~~~" not in line:
        return None
    if (match := OPEN.match(line)) is not None:
        code = CODE_AFTER_TAG.match(match[3])
        return _Opening(match[2], len(match[1]), code[1] if code else "")
    return _after_prose(line)


def _after_prose(line: str) -> _Opening | None:
    """Read a fence of backticks that ends a line of prose."""
    head, tick, tag = line.rstrip(" \t").rpartition("`")
    prose = head.rstrip("`")
    fence = head[len(prose) :] + tick
    fits = len(fence) >= 3 and prose.strip() and "`" not in prose and "~" not in prose and TAG.match(tag)
    return _Opening(fence) if fits else None


def _block(lines: list[str], start: int, opened: _Opening) -> tuple[CodeBlock, int]:
    first: tuple[CodeBlock, int] | None = None
    code = [opened.code] if opened.code else []
    for end in _ends(lines, start + 1, opened.fence):
        body = lines[start + 1 : end.line] + ([end.tail] if end.tail is not None else [])
        text = "\n".join(code + [_outdent(line, opened.indent) for line in body])
        block = CodeBlock(text, start=start + 1, end=end.line + (end.tail is not None))
        parsed = parse_dedented(block.text)
        if isinstance(parsed, tuple) and (end.tail is None or parsed[1].body):
            return block, end.after
        first = first or ((block, end.after) if end.sure else None)
    if first is not None:
        return first
    rest = "\n".join(code + [_outdent(line, opened.indent) for line in lines[start + 1 :]])
    return CodeBlock(rest, closed=False, start=start + 1, end=len(lines)), len(lines)


def _ends(lines: list[str], start: int, fence: str) -> Iterator[_End]:
    found = 0
    for number in range(start, len(lines)):
        line = lines[number]
        if fence not in line:
            continue
        match = OPEN.match(line)
        if match is not None:
            yield _End(number, number + 1 if _only_marks(match[3]) else number)
        elif line.rstrip().endswith(fence):
            yield _End(number, number + 1, line.rstrip()[: -len(fence)])
        else:
            yield _End(number, number + 1, line.partition(fence)[0], sure=False)
        found += 1
        if found == MAX_CLOSERS:
            return


def _only_marks(info: str) -> bool:
    """Whether nothing but a mark of the model's end of text stands behind a fence."""
    return not info.strip() or MARK.match(info) is not None


def _outdent(line: str, indent: int) -> str:
    blank = len(line) - len(line.lstrip(" \t"))
    return line[min(indent, blank) :]
