"""Texts as sets of word sequences, which near-duplicates and copies have in common whatever their layout."""

import re

_WORD = re.compile(r"[^\W\d_]+|\d+")


def words(text: str) -> list[str]:
    """Return the words and numbers of a text in lower case; `snake_case` and `camelCase` are two words each."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return [word.lower() for word in _WORD.findall(spaced)]


def sequences(text: str, length: int) -> frozenset[str]:
    """Return the distinct sequences of so many words; of a shorter text the whole."""
    found = words(text)
    if len(found) <= length:
        return frozenset({" ".join(found)} - {""})
    return frozenset(" ".join(found[start : start + length]) for start in range(len(found) - length + 1))
