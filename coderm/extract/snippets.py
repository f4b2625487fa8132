"""From an answer to the pieces of Python in it, in reading order, each as large as parses."""

import ast
from dataclasses import dataclass

from coderm.extract.editing import Source, as_source, source
from coderm.extract.fences import split_blocks
from coderm.extract.parsing import BadSyntax, parse, parse_dedented
from coderm.extract.rejection import Reason, Rejection
from coderm.extract.salvage import Salvage, salvage, trim


@dataclass(frozen=True, slots=True)
class Snippet:
    """One block of an answer. `raw` is its text as written, `code` what of it is Python (None: nothing), `error` why not all.

    `cut` is the broken last piece; `closed` is False when the answer ended inside the block.
    """

    raw: str
    code: Source | None
    error: BadSyntax | None = None
    cut: str = ""
    closed: bool = True

    @property
    def ends_early(self) -> bool:
        """Whether the block's end is missing, as when the model ran out of tokens."""
        return bool(self.cut.strip()) and not self.closed and self.error is not None and self.error.line > 0


def snippets(text: str) -> tuple[Snippet, ...]:
    """Read an answer: all of it when it is Python, else the text before the first fence, then every fenced block."""
    if isinstance(parse(text), ast.Module):
        return (snippet(text, closed=True),) if text.strip() else ()
    before, blocks = split_blocks(text)
    found = [snippet(before, closed=bool(blocks))] if before.strip() else []
    return (*found, *(snippet(block.text, block.closed) for block in blocks))


def snippet(raw: str, closed: bool) -> Snippet:
    """Read one block: whole when it parses, else the pieces of it that do."""
    whole = parse_dedented(raw)
    if isinstance(whole, tuple):
        code = as_source(*whole) if is_code(whole[1]) else None
        return Snippet(raw, code if isinstance(code, Source) else None, closed=closed)
    kept = salvage(raw)
    return Snippet(raw, _code(kept.text), kept.error or whole, kept.cut, closed)


def _code(text: str) -> Source | None:
    code = source(text) if text.strip() else None
    return code if isinstance(code, Source) and is_code(code.tree) else None


def is_code(tree: ast.Module) -> bool:
    """Whether a tree holds more than words that happen to be Python expressions."""
    return any(not isinstance(node, ast.Expr | ast.AnnAssign | ast.Pass) or _calls(node) for node in tree.body)


def _calls(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)


def completed(item: Snippet) -> Snippet:
    """Keep of a broken last piece what is complete; for classes of tests, whose first half is of use without the second."""
    rest = trim(item.cut) if item.cut else ""
    if not rest:
        return item
    kept: Salvage = salvage(item.raw.replace(item.cut, ""))
    return Snippet(item.raw, _code(kept.text.rstrip() + "\n\n" + rest), item.error, item.cut, item.closed)


def unusable(text: str, limit: int) -> Rejection | None:
    """Reject what need not be read at all."""
    if not text.strip():
        return Rejection(Reason.EMPTY)
    if len(text) > limit:
        return Rejection(Reason.TOO_LARGE, f"{len(text)} characters, at most {limit}")
    return None
