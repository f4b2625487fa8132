"""The protocol of a cache of verdicts, and the cache that keeps nothing."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from coderm.scoring.board import Cell


class ResultCache(Protocol):
    """Keeps cells by key; never raises."""

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Cell]:
        """Return what is known of these pairs."""

    def put(self, cells: Mapping[bytes, Cell]) -> None:
        """Keep these pairs, as far as there is room."""

    def close(self) -> None:
        """Write what is still to be written; safe to call twice."""


class NoCache:
    """Keeps nothing."""

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Cell]:
        """Nothing is known."""
        return {}

    def put(self, cells: Mapping[bytes, Cell]) -> None:
        """Drop the pairs."""

    def close(self) -> None:
        """Nothing is open."""
