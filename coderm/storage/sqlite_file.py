"""What the journals of this project share: one SQLite file with one connection, whose every fault is a StorageError naming it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, TypeVar

import msgspec

from coderm.errors import StorageError
from coderm.storage.fence import REFUSED
from coderm.storage.row_codec import RowDecoder

T = TypeVar("T")


class SqliteFile:
    """Queries, writes and transactions; a subclass opens the file, and says what a fault is answered with."""

    CLOSED: ClassVar[str] = "is closed"
    REMEDY: ClassVar[str] = "check its directory"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close the file; safe to call twice."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _decoded(self, decoder: RowDecoder[T], payload: bytes) -> T:
        try:
            return decoder.decode(payload)
        except (msgspec.MsgspecError, ValueError, TypeError) as error:
            raise StorageError(f"{self._path}: holds a row of another version ({error}); use another --out") from None

    def _one(self, query: str, *values: Any) -> tuple[Any, ...] | None:
        try:
            row: tuple[Any, ...] | None = self._connection().execute(query, values).fetchone()
        except sqlite3.Error as error:
            raise self._fault(error) from None
        return row

    def _all(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        try:
            return self._connection().execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise self._fault(error) from None

    def _write(self, query: str, *values: Any) -> None:
        try:
            self._connection().execute(query, values)
        except sqlite3.Error as error:
            raise self._fault(error) from None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the writes inside happen, or none."""
        try:
            with self._connection() as database:
                database.execute("begin")
                yield database
        except sqlite3.Error as error:
            raise self._fault(error) from None

    def _connection(self) -> sqlite3.Connection:
        if self._db is None:
            raise StorageError(f"{self._path}: {self.CLOSED}")
        return self._db

    def _room(self) -> str:
        """What to say of the room that is left and needed, where it may be too little."""
        return ""

    def _fault(self, error: sqlite3.Error) -> StorageError:
        if REFUSED in str(error):
            return StorageError(f"{self._path}: {error}; that one goes on, this one ends")
        space = any(word in str(error) for word in ("full", "disk I/O"))  # the index of the log reports a full disk as the latter
        remedy = f"{self._room()}free some disk space and run the same command again" if space else self.REMEDY
        return StorageError(f"{self._path}: {error}; {remedy}")
