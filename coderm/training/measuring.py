"""Measures rendered rows before any is trained on: which fit, which are left out and why, and how many tokens they have.

A completion is never cut: a model that learns from cut answers learns not to end them.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from coderm.errors import DataError, InputError
from coderm.training.rendering import Rendered, Renderer
from coderm.training.rows import Example, LeftOut

IGNORED = -100
"""Label of a token that no loss is taken of, as torch's cross-entropy has it."""


@dataclass(slots=True)
class Measured:
    """Rows that fit, and what was left out.

    longest: tokens of the longest row, those left out included. prompts: digest of the rendered prompts, in their order.
    """

    rows: list[Rendered] = field(default_factory=list)
    left_out: LeftOut = field(default_factory=LeftOut)
    longest: int = 0
    prompts: str = ""

    @property
    def tokens(self) -> int:
        """Tokens of all rows that are kept."""
        return sum(len(row.prompt) + len(row.response) for row in self.rows)

    @property
    def learnt(self) -> int:
        """Tokens that the loss is taken of."""
        return sum(len(row.response) for row in self.rows)

    def figures(self) -> dict[str, object]:
        """Counts for people and files."""
        lengths = sorted(len(row.prompt) + len(row.response) for row in self.rows)
        return {
            "kept": len(self.rows),
            "left_out": dict(sorted(self.left_out.reasons.items())),
            "cut": 0,
            "tokens": self.tokens,
            "learnt_tokens": self.learnt,
            "median_tokens": lengths[len(lengths) // 2] if lengths else 0,
            "longest_kept": lengths[-1] if lengths else 0,
            "longest": self.longest,
            "prompts": self.prompts,
        }


def measure(examples: Iterable[Example], renderer: Renderer, max_length: int, left_out: LeftOut) -> Measured:
    """Render every example and keep those of at most `max_length` tokens; the others are counted in `left_out`."""
    found = Measured(left_out=left_out)
    digest = hashlib.blake2b(digest_size=16)
    for example in examples:
        row = _rendered(example, renderer, left_out)
        if row is None:
            continue
        length = len(row.prompt) + len(row.response)
        found.longest = max(found.longest, length)
        if reason := _too_long(row, length, max_length) or _ends_early(row, renderer):
            left_out.reasons[reason] += 1
            continue
        digest.update(len(row.text).to_bytes(8, "little") + row.text.encode("utf-8", "surrogatepass"))
        found.rows.append(row)
    found.prompts = digest.hexdigest()
    return found


def check_some(found: Measured, what: str, max_length: int) -> None:
    """Raise DataError, with the reasons and the remedy, where no row is left."""
    if found.rows:
        return
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(found.left_out.reasons.items())) or "the file is empty"
    remedy = f"raise data.max_length from {max_length} to {found.longest}" if found.longest > max_length else "give other rows"
    raise DataError(f"{what}: no row is left to train on ({reasons}); {remedy}")


def labels(row: Rendered) -> list[int]:
    """Return what each token of a row is to predict: the response itself, and IGNORED for the prompt."""
    return [IGNORED] * len(row.prompt) + list(row.response)


def _rendered(example: Example, renderer: Renderer, left_out: LeftOut) -> Rendered | None:
    try:
        return renderer.row(example.prompt, example.answer)
    except InputError:  # the tokenizer itself was tried before: this chat is what it refuses
        left_out.reasons["refused_by_template"] += 1
        return None


def _too_long(row: Rendered, length: int, max_length: int) -> str:
    if len(row.prompt) >= max_length:
        return "prompt_fills_length"
    return "answer_would_be_cut" if length > max_length else ""


def _ends_early(row: Rendered, renderer: Renderer) -> str:
    """An answer that holds an end token would teach to stop in the middle."""
    return "end_token_inside" if any(token in renderer.ends for token in row.response[:-1]) else ""
