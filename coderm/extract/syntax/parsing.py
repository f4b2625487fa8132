"""Python's own parser behind a function that never raises and never warns, whatever the text."""

import ast
import symtable
import textwrap
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

MAX_CHARS = 256 * 1024  # an answer of 4096 tokens has about 16 KB; far beyond that there is nothing to find
TOO_DEEP = "nested too deeply"
NO_UNICODE = "holds a lone surrogate"
_ONE = threading.RLock()
"""One thread at a time: CPython 3.11 counts the depth of a tree being made once for all threads, and raises SystemError where two
make one; and warnings are silenced for the whole process."""


@dataclass(frozen=True, slots=True)
class BadSyntax:
    """Why Python refused a text. `line` counts from 1; 0 where the parser names none."""

    message: str
    line: int = 0


def tidy(text: str) -> str:
    """Return a text with one kind of line end and no byte order mark."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")


def _quietly(action: Callable[[], T]) -> T | BadSyntax:
    with _ONE, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return action()
        except SyntaxError as error:
            return BadSyntax(error.msg or "invalid syntax", error.lineno or 0)
        except UnicodeEncodeError:
            return BadSyntax(NO_UNICODE)
        except ValueError as error:  # NUL bytes, integers of too many digits
            return BadSyntax(type(error).__name__ + ": " + str(error)[:80])
        except (RecursionError, MemoryError):
            return BadSyntax(TOO_DEEP)


def parse(text: str) -> ast.Module | BadSyntax:
    """Parse a module."""
    return _quietly(lambda: ast.parse(text))


def parse_dedented(text: str) -> tuple[str, ast.Module] | BadSyntax:
    """Parse a module that may be indented as a whole; returns the text that parsed, too."""
    tree = parse(text)
    if isinstance(tree, ast.Module):
        return text, tree
    if not text[:1].isspace():
        return tree
    flat = textwrap.dedent(text)
    again = parse(flat)
    return (flat, again) if isinstance(again, ast.Module) else tree


def compiles(text: str) -> BadSyntax | None:
    """Return why a module does not compile (`return` outside a function and the like), or None."""
    result = _quietly(lambda: compile(text, "<text>", "exec", dont_inherit=True))
    return result if isinstance(result, BadSyntax) else None


def symbols(text: str) -> symtable.SymbolTable | BadSyntax:
    """Return the symbol table of a module."""
    return _quietly(lambda: symtable.symtable(text, "<text>", "exec"))


def unparse(tree: ast.AST) -> str | BadSyntax:
    """Write a tree as text; comments are lost."""
    return _quietly(lambda: ast.unparse(tree))
