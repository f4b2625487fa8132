"""The protocol of a logger, and what it is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Began:
    """A run that begins or goes on. key: the same for the same run directory and settings. settings: by dotted name."""

    key: str
    name: str
    project: str
    directory: Path
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a finished run. rows: one list a row, as long as `columns`."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class RunLogger(Protocol):
    """Takes one run: `start`, `progress` any number of times, `finish` at most once, `close`. May raise what its library does."""

    def start(self, run: Began) -> None:
        """Make the run known, or find it again."""

    def progress(self, values: Mapping[str, float]) -> None:
        """Take how far the run is."""

    def finish(self, figures: Mapping[str, float], tables: tuple[Table, ...]) -> None:
        """Take what came out."""

    def close(self, *, failed: bool) -> None:
        """Send what is not sent yet, and say how the run ended."""
