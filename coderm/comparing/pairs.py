"""Tokens held against each other one by one, by a rule for two tokens that differ as texts."""

from collections.abc import Callable
from itertools import zip_longest

from coderm.comparing.texts import encoded, tokens

Alike = Callable[[bytes, bytes], bool]
"""(expected, got): two tokens that are not the same text."""


def equal_by(alike: Alike, expected: str, got: bytes) -> bool:
    """Whether there are as many tokens, each the same as its counterpart or alike."""
    wanted = encoded(expected)
    if wanted == got:
        return True
    for mine, theirs in zip_longest(tokens(wanted), tokens(got)):
        if mine is None or theirs is None or not (mine == theirs or alike(mine, theirs)):
            return False
    return True
