"""The Python inside a text that is not all Python: the top-level pieces that parse, in order, prose and broken pieces left out.

A piece is an unindented line that looks like code with the indented lines under it. Every piece is parsed on its own, so the
cost is linear; a bound on the characters parsed keeps hostile texts cheap.
"""

import ast
import re
from dataclasses import dataclass

from coderm.extract.parsing import BadSyntax, parse

CODE_START = re.compile(
    r"(?:import\s|from\s+[\w.]+\s+import\b|def\s|async\s|class\s|@\w|if\b|for\s|while\b|with\s|try\s*:|assert\b|global\s|del\s|raise\b"
    r"|[A-Za-z_][\w.]*\s*(?:\[[^\]]*\]\s*)?(?::[^=]*)?[-+*/|&^%]*=(?!=)|[\w, ()*]+=(?!=)|[A-Za-z_][\w.]*\(|#|\"\"\"|''')"
)
CONTINUES = re.compile(r"(?:else\b|elif\b|except\b|finally\b|case\b|[)\]}])")
DECORATOR = re.compile(r"@\w")
UNFINISHED = ("was never closed", "unterminated triple-quoted", "EOF")
CLOSERS = {"(": ")", "[": "]", "{": "}"}
PROSE = BadSyntax("prose")
MAX_JOINS = 8  # tries to close one open bracket or string that runs over unindented lines
PARSE_FACTOR = 8  # characters parsed per character of text, in all


@dataclass(frozen=True, slots=True)
class Salvage:
    """What parsed, and what kind of piece did not. `cut` is the last piece, when it is the one that is broken."""

    text: str
    error: BadSyntax | None = None
    cut: str = ""


def salvage(text: str) -> Salvage:
    """Keep the pieces of a text that are Python; linear in its length."""
    pieces = _pieces(text.split("\n"))
    kept: list[str] = []
    error: BadSyntax | None = None
    cut = ""
    allowance = PARSE_FACTOR * len(text) + 1000
    at = 0
    while at < len(pieces) and allowance > 0:
        took, tree, cost = _take(pieces, at, allowance)
        allowance -= cost
        if tree is PROSE:
            cut = ""
        elif isinstance(tree, BadSyntax):
            error, cut = tree, pieces[at]
        else:
            kept.append("\n".join(pieces[at : at + took]))
            cut = ""
        at += took
    return Salvage("\n".join(kept), error, cut)


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


def _take(pieces: list[str], at: int, allowance: int) -> tuple[int, ast.Module | BadSyntax, int]:
    """Parse the piece at a place, joined with the next ones while a bracket or string is open: (pieces taken, result, cost)."""
    piece = pieces[at]
    if not CODE_START.match(piece):
        return 1, PROSE, 1
    tree = first = parse(piece)
    cost = len(piece) + 20
    closer = _closer(first, piece)
    joins = 0
    joined = [piece]
    for later in range(at + 1, len(pieces)):
        if not closer or joins == MAX_JOINS or cost > allowance:
            break
        joined.append(pieces[later])
        cost += 1
        if closer not in pieces[later]:
            continue
        whole = "\n".join(joined)
        joins += 1
        cost += len(whole)
        tree = parse(whole)
        if isinstance(tree, ast.Module):
            return len(joined), tree, cost
    return 1, first, cost


def _closer(tree: ast.Module | BadSyntax, piece: str) -> str:
    """Return what would close an unfinished piece: a bracket or a triple quote; empty when it is not merely unfinished."""
    if isinstance(tree, ast.Module) or not any(mark in tree.message for mark in UNFINISHED):
        return ""
    if "triple-quoted" in tree.message:
        return '"""' if piece.rfind('"""') > piece.rfind("'''") else "'''"
    return next((close for mark, close in CLOSERS.items() if f"'{mark}'" in tree.message), "")
