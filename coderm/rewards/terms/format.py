"""Penalty for an answer that is not one fenced block of code."""

from typing import ClassVar

from pydantic import Field

from coderm.extract.answers.fences import CodeBlock, split_blocks
from coderm.extract.syntax.parsing import MAX_CHARS
from coderm.rewards.base import PlainTerm, Values
from coderm.rewards.group import Group


class Format(PlainTerm):
    """r = -min(1, no_block [no block] + several_blocks [more than one] + prose [more than prose_characters outside]), in [-1, 0].

    0 for a program that was given as code. Source: the format reward of DeepSeek-R1 (arXiv 2501.12948), as a penalty.
    """

    name: ClassVar[str] = "format"
    needs_all_tests: ClassVar[bool] = False

    no_block: float = Field(1.0, ge=0, le=1)
    """Penalty for an answer without a fenced block."""
    several_blocks: float = Field(0.5, ge=0, le=1)
    """Penalty for more than one block."""
    prose: float = Field(0.0, ge=0, le=1)
    """Penalty for text outside of the blocks."""
    prose_characters: int = Field(0, ge=0)
    """Characters outside of the blocks that are free, white space not counted."""

    def bounds(self, size: int) -> tuple[float, float]:
        return -1.0, 0.0

    def __call__(self, group: Group) -> Values:
        return [0.0 if rollout.output is None else -min(1.0, self._penalty(rollout.output)) for rollout in group.rollouts]

    def _penalty(self, output: str) -> float:
        if len(output) > MAX_CHARS:
            return 1.0
        _, blocks = split_blocks(output)
        if not blocks:
            return self.no_block
        wordy = _characters_outside(output, blocks) > self.prose_characters
        return (self.several_blocks if len(blocks) > 1 else 0.0) + (self.prose if wordy else 0.0)


def _characters_outside(output: str, blocks: tuple[CodeBlock, ...]) -> int:
    """Count what is not white space outside of the blocks and their fences."""
    inside = {line for block in blocks for line in range(block.start - 1, block.end + 1)}
    outside = (line for at, line in enumerate(output.split("\n")) if at not in inside)
    return sum(len("".join(line.split())) for line in outside)
