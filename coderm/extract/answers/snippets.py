"""From an answer to the pieces of Python in it, in reading order, each as large as parses."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from coderm.extract.answers.fences import CodeBlock, split_blocks
from coderm.extract.answers.marks import clean, without_glued_mark
from coderm.extract.answers.payloads import payloads
from coderm.extract.answers.prefixes import (
    with_line_ends,
    with_plain_blanks,
    without_diff,
    without_first_indent,
    without_prefixes,
    without_prompts,
    without_quotes,
)
from coderm.extract.answers.salvage import Salvage, salvage, trim
from coderm.extract.answers.tags import inner, isolated, unescaped
from coderm.extract.rejection import Reason, Rejection
from coderm.extract.syntax.editing import Source, as_source, source
from coderm.extract.syntax.parsing import MAX_CHARS, BadSyntax, parse, parse_dedented, tidy

REPAIRS = (
    with_plain_blanks,
    without_prompts,
    without_prefixes,
    without_diff,
    without_quotes,
    without_first_indent,
    unescaped,
    with_line_ends,
)
"""What may be wrong with the whole of a block, each tried on its own."""
MAX_DEPTH = 3  # an answer inside a text inside a tool call's arguments, which are JSON in JSON


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


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer without what the chat template and the model's reasoning put around it, and the blocks of it in order."""

    text: str
    snippets: tuple[Snippet, ...]


def read_answer(text: str, depth: int = 0) -> Answer:
    """Read an answer: all of it when it is Python, else the text before the first fence, then every fenced block."""
    text = without_glued_mark(tidy(text))
    if isinstance(parse(text), ast.Module):
        return Answer(text, tuple(_block(text, True, depth)) if text.strip() else ())
    text = _answer_proper(text)
    before, blocks = split_blocks(text)
    found = _block(before, bool(blocks), depth) if before.strip() else []
    return Answer(text, (*found, *(item for block in blocks for item in _block(block.text, block.closed, depth))))


def _answer_proper(text: str) -> str:
    blocks = split_blocks(text)[1]
    return clean(text, _spans(text, [block for block in blocks if _is_python(block.text)]))


def _spans(text: str, blocks: Sequence[CodeBlock]) -> list[tuple[int, int]]:
    """Return the places of blocks in the text they were read from."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return [(starts[block.start], starts[block.end]) for block in blocks]


def _is_python(text: str) -> bool:
    found = parse_dedented(text)
    return isinstance(found, tuple) and is_code(found[1])


def _block(raw: str, closed: bool, depth: int) -> list[Snippet]:
    """Read one block: as data that holds code where it is data, else as code."""
    whole = parse_dedented(raw)
    tree = whole[1] if isinstance(whole, tuple) else None
    if depth < MAX_DEPTH and (tree is None or not is_code(tree)):
        texts = payloads(isolated(raw), tree)
        found = [item for text in texts for item in read_answer(text, depth + 1).snippets]
        if any(item.code is not None for item in found):
            return found
    return [snippet(raw, closed)]


def snippet(raw: str, closed: bool) -> Snippet:
    """Read a block of code: whole when it parses, as it is or repaired, else the pieces of it that do."""
    whole = parse_dedented(raw)
    if isinstance(whole, tuple):
        return Snippet(raw, _as_code(whole), closed=closed)
    text = isolated(raw)
    for repaired in dict.fromkeys(repair(inner(text)) for repair in REPAIRS):
        again = parse_dedented(repaired) if repaired != raw else whole
        if isinstance(again, tuple) and is_code(again[1]):
            return Snippet(raw, _as_code(again), closed=closed)
    kept = salvage(without_first_indent(with_plain_blanks(without_prompts(text))))
    return Snippet(raw, _code(kept.text), kept.error or whole, kept.cut, closed)


def _as_code(parsed: tuple[str, ast.Module]) -> Source | None:
    code = as_source(*parsed) if is_code(parsed[1]) else None
    return code if isinstance(code, Source) else None


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
    kept: Salvage = salvage(isolated(item.raw).replace(item.cut, ""))
    return Snippet(item.raw, _code(kept.text.rstrip() + "\n\n" + rest), item.error, item.cut, item.closed)


def unusable(text: str) -> Rejection | None:
    """Reject what need not be read at all."""
    if not text.strip():
        return Rejection(Reason.EMPTY)
    if len(text) > MAX_CHARS:
        return Rejection(Reason.TOO_LARGE, f"{len(text)} characters, at most {MAX_CHARS}")
    return None
