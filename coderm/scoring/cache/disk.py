"""Verdicts on disk, in one SQLite file that outlives the process and that several processes may share.

Reads happen at once; writes are handed to one thread, so that no request waits for the disk, and a request that is cut off cuts
off no transaction. A disk that is full or gone stops the writing with one warning; answers go on.
"""

import queue
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from coderm.errors import StorageError
from coderm.logs import get_log
from coderm.scoring.board import Cell

_log = get_log(__name__)

SCHEMA = 1
"""Layout of the file and meaning of its keys."""
BUSY_S = 10.0
"""Longest wait for another process that writes."""
MOST_WAITING = 256
"""Blocks whose verdicts wait to be written; what comes on top is not kept."""
CHUNK = 500
"""Keys looked up in one query; SQLite's least limit on parameters is 999."""
CLOSE_S = 10.0

_TABLES = """
create table if not exists facts (name text primary key, value text not null) without rowid;
create table if not exists cells (key blob primary key, outcome integer not null, cpu_s real not null, detail text not null)
    without rowid;
"""

Batch = Mapping[bytes, Cell]


class DiskCache:
    """Open from the start; `get` for one thread. Raises StorageError when the file is of another layout, or none of ours."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._batches: queue.Queue[Batch | None] = queue.Queue(MOST_WAITING)
        self._warned = False
        self._writes = True
        try:
            self._reader = _connect(path)
            _prepare(self._reader, path)
        except (sqlite3.Error, OSError) as error:
            raise StorageError(f"{path}: {error}; name another cache file, or remove this one") from None
        self._writer = threading.Thread(target=self._write_all, name="cache-writer", daemon=True)
        self._writer.start()

    @property
    def writes(self) -> bool:
        """Whether new verdicts are still kept."""
        return self._writes

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Cell]:
        """See ResultCache.get."""
        try:
            return dict(self._rows(keys))
        except (sqlite3.Error, ValueError) as error:
            self._warn(error)
            return {}

    def _rows(self, keys: Sequence[bytes]) -> Iterator[tuple[bytes, Cell]]:
        for start in range(0, len(keys), CHUNK):
            some = keys[start : start + CHUNK]
            marks = ",".join("?" * len(some))
            for key, *cell in self._reader.execute(f"select key, outcome, cpu_s, detail from cells where key in ({marks})", some):
                yield key, Cell(*cell)

    def put(self, cells: Batch) -> None:
        """See ResultCache.put."""
        if cells and self._writes:
            try:
                self._batches.put_nowait(dict(cells))
            except queue.Full:
                self._warn(None)

    def close(self) -> None:
        """Write what waits, then close the file."""
        if self._writer.is_alive():
            self._batches.put(None)
            self._writer.join(CLOSE_S)
        self._writes = False
        self._reader.close()

    def _write_all(self) -> None:
        with closing(_connect(self._path)) as database:
            while (batch := self._batches.get()) is not None:
                self._write(database, batch)

    def _write(self, database: sqlite3.Connection, batch: Batch) -> None:
        if not self._writes:
            return
        rows = [(key, cell.outcome, cell.cpu_s, cell.detail) for key, cell in batch.items()]
        try:
            with database:
                database.execute("begin immediate")
                database.executemany("insert or ignore into cells values (?, ?, ?, ?)", rows)
        except (sqlite3.Error, UnicodeEncodeError) as error:
            busy = isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
            self._writes = busy or isinstance(error, UnicodeEncodeError)
            self._warn(error)

    def _warn(self, error: Exception | None) -> None:
        """Say once that the file does not keep up, or is no longer used."""
        if not self._warned:
            self._warned = True
            _log.warning("verdicts missing on disk", reason="the disk is slow" if error is None else type(error).__name__)


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    database.execute("pragma journal_mode = wal")
    database.execute("pragma synchronous = normal")
    return database


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    database.executescript(_TABLES)
    database.execute("insert or ignore into facts values ('schema', ?)", (str(SCHEMA),))
    (layout,) = database.execute("select value from facts where name = 'schema'").fetchone()
    if layout != str(SCHEMA):
        database.close()
        raise StorageError(
            f"{path}: a cache of layout {layout}, this version writes {SCHEMA}; name another file, or remove this one"
        )
