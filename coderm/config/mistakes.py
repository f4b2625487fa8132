"""Says what is wrong with data that a model refused: where, and why. Owns no wording of its own but the name of the whole."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

MOST_TOLD = 5
"""Mistakes named at once."""


def mistakes_of(error: ValidationError) -> list[dict[str, Any]]:
    """Return the mistakes as pydantic lists them, without links and without what was given."""
    return [dict(item) for item in error.errors(include_url=False, include_input=False)]


def place_of(loc: Sequence[str | int], whole: str) -> str:
    """Name a place: keys and indices with dots between; `whole` where the mistake is about everything."""
    return ".".join(map(str, loc)) or whole


def told(error: ValidationError, whole: str, most: int = MOST_TOLD) -> str:
    """Return `place: what is wrong` of the first mistakes. whole: what the data is called, e.g. "the body"."""
    return "; ".join(_told(item, whole) for item in mistakes_of(error)[:most])


def _told(item: Mapping[str, Any], whole: str) -> str:
    return f"{place_of(item['loc'], whole)}: {str(item['msg']).removeprefix('Value error, ')}"
