"""The Python inside a text that is not all Python: the top-level pieces that parse, in order, prose and broken pieces left out.

A piece is an unindented line that looks like code with the indented lines under it; indented lines under prose are a piece, too,
as in Markdown. Every piece is parsed on its own, so the
cost is linear; a bound on the characters parsed keeps hostile texts cheap.
"""

import ast
import re
import textwrap
from bisect import bisect
from dataclasses import dataclass

from coderm.extract.answers.prefixes import LIKELY
from coderm.extract.syntax.parsing import BadSyntax, parse

CODE_START = re.compile(
    r"(?:import\s|from\s++[\w.]++\s++import\b|def\s|async\s|class\s|@\w|if\b|for\s|while\b|with\s|try\s*+:|assert\b|global\s|del\s|raise\b"
    r"|[A-Za-z_][\w.]*+\s*+(?:\[[^\]]*+\]\s*+)*+(?::[^=\n]*+)?+[-+*/|&^%@]*+=(?!=)|[\w, ()*]++=(?!=)|[A-Za-z_][\w.]*+\("
    r"|#|\"\"\"|''')"
)
CONTINUES = re.compile(r"(?:else\b|elif\b|except\b|finally\b|case\b|[)\]}])")
DECORATOR = re.compile(r"@\w")
UNFINISHED = ("was never closed", "unterminated triple-quoted", "EOF")
CLOSERS = {"(": ")", "[": "]", "{": "}"}
ALL_CLOSERS = (*CLOSERS.values(), '"""', "'''")
MAX_JOINS = 8  # tries to close one open bracket or string that runs over unindented lines
PARSE_FACTOR = 8  # characters parsed per character of text, in all


@dataclass(frozen=True, slots=True)
class Salvage:
    """What parsed, and what kind of piece did not. `cut` is the last piece, when it is the one that is broken."""

    text: str
    error: BadSyntax | None = None
    cut: str = ""


@dataclass(frozen=True, slots=True)
class _Taken:
    """What became of the next pieces: how many were read, the code in them or why there is none, and characters parsed."""

    pieces: int
    code: str | BadSyntax
    cost: int


def salvage(text: str) -> Salvage:
    """Keep the pieces of a text that are Python; linear in its length."""
    pieces = _pieces(text.split("\n"))
    holding = {closer: [at for at, piece in enumerate(pieces) if closer in piece] for closer in ALL_CLOSERS}
    kept: list[str] = []
    error: BadSyntax | None = None
    cut = ""
    allowance = PARSE_FACTOR * len(text) + 1000
    at = 0
    while at < len(pieces) and allowance > 0:
        taken = _take(pieces, at, allowance, holding) if CODE_START.match(pieces[at]) else _under_prose(pieces[at])
        allowance -= taken.cost
        if isinstance(taken.code, BadSyntax):
            error, cut = taken.code, pieces[at]
        else:
            kept.append(taken.code)
            cut = ""
        at += taken.pieces
    return Salvage("\n".join(filter(None, kept)), error, cut)


def trim(piece: str, tries: int = 6) -> str:
    """Cut a piece whose end is missing back to its last complete line; empty when nothing is left of it."""
    lines = piece.split("\n")
    for _ in range(tries):
        tree = parse("\n".join(lines))
        if isinstance(tree, ast.Module):
            return "\n".join(lines)
        lines = lines[: tree.line - 1] if 0 < tree.line <= len(lines) else lines[:-1]
        while lines and (not lines[-1].strip() or lines[-1].rstrip().endswith(":") or lines[-1].lstrip().startswith("@")):
            lines.pop()
    return ""


def _pieces(lines: list[str]) -> list[str]:
    """Split lines into pieces; lines that cannot be code make none."""
    pieces: list[list[str]] = []
    open_piece = decorated = False
    for line in lines:
        if not line.strip() or line[0] in " \t" or (open_piece and CONTINUES.match(line)):
            if open_piece:
                pieces[-1].append(line)
            continue
        if decorated:
            pieces[-1].append(line)
        else:
            pieces.append([line])
        open_piece = True
        decorated = DECORATOR.match(line) is not None
    return ["\n".join(piece) for piece in pieces]


def _take(pieces: list[str], at: int, allowance: int, holding: dict[str, list[int]]) -> _Taken:
    """Parse the piece at a place, joined with the next ones while a bracket or string is open."""
    first = parse(pieces[at])
    cost = len(pieces[at]) + 20
    if isinstance(first, ast.Module):
        return _Taken(1, pieces[at], cost)
    if first.message.startswith("unmatched") and isinstance(parse(kept := _above(pieces[at], first.line)), ast.Module):
        return _Taken(1, kept, 2 * cost)
    places = holding.get(_closer(first, pieces[at]), [])
    start = bisect(places, at)
    for later in places[start : start + MAX_JOINS]:
        if cost > allowance:
            break
        whole = "\n".join(pieces[at : later + 1])
        cost += len(whole)
        if isinstance(parse(whole), ast.Module):
            return _Taken(later + 1 - at, whole, cost)
    return _Taken(1, first, cost)


def _above(piece: str, line: int) -> str:
    """Return the lines of a piece above one that closes what nothing opened; never all of them."""
    return "\n".join(piece.split("\n")[: line - 1]) if line > 1 else "("


def _under_prose(piece: str) -> _Taken:
    """Read the code block that Markdown makes of indented lines under a line of prose."""
    lines = piece.partition("\n")[2].strip("\n")
    if not LIKELY.match(lines.lstrip()):
        return _Taken(1, "", 1)
    code = textwrap.dedent(lines)
    return _Taken(1, code if isinstance(parse(code), ast.Module) else "", len(lines) + 20)


def _closer(tree: BadSyntax, piece: str) -> str:
    """Return what would close an unfinished piece: a bracket or a triple quote; empty when it is not merely unfinished."""
    if not any(mark in tree.message for mark in UNFINISHED):
        return ""
    if "triple-quoted" in tree.message:
        return '"""' if piece.rfind('"""') > piece.rfind("'''") else "'''"
    return next((close for mark, close in CLOSERS.items() if f"'{mark}'" in tree.message), "")
