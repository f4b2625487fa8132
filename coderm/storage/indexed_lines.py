"""A JSON Lines file whose rows are read in any order: one offset per line in memory, never a text, for files larger than memory."""

from collections.abc import Iterator
from pathlib import Path

from coderm.errors import DataError
from coderm.storage.jsonl import Row, read_row


class IndexedLines:
    """Rows by line number, counted from 1. `scan` reads the file once and notes where its lines are; `row` reads one again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offsets: dict[int, int] = {}

    def scan(self) -> Iterator[tuple[int, Row]]:
        """Yield (line number, object) of every line that is not blank.

        Raises DataError as `file:line: what is wrong; remedy`, for a compressed file, and when it cannot be read.
        """
        if self._path.suffix == ".gz":
            raise DataError(f"{self._path}: is compressed; unpack it first (rows are read in any order)")
        offset = 0
        try:
            with self._path.open("rb") as lines:
                for number, raw in enumerate(lines, 1):
                    if raw.strip():
                        self._offsets[number] = offset
                        yield number, read_row(raw, f"{self._path}:{number}", number)
                    offset += len(raw)
        except FileNotFoundError:
            raise DataError(f"{self._path}: no such file; check the name given") from None
        except OSError as error:
            raise DataError(f"{self._path}: cannot be read ({error.strerror}); check the name given") from None

    def row(self, number: int) -> Row:
        """Return a row that `scan` has yielded. Raises DataError when the file was changed or removed since."""
        try:
            with self._path.open("rb") as lines:
                lines.seek(self._offsets[number])
                return read_row(lines.readline(), f"{self._path}:{number}", number)
        except OSError as error:
            raise DataError(f"{self._path}: cannot be read any more ({error.strerror}); start anew") from None
