"""The bank's SQLite file: its tables, transactions that happen whole or not at all, and what each fault means for a person.

A rollback journal, not a write-ahead log: the latter needs memory that hosts of a shared directory do not share. Nothing is
awaited inside a transaction, since nothing here is asynchronous.
"""

import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from coderm.errors import StorageError

FILE = "bank.sqlite"
SCHEMA = 1
"""Layout of the tables; a bank of another layout is refused, not guessed at."""
BUSY_S = 30.0
"""Longest wait for readers, or for a writer's commit, which take milliseconds."""
PAGE_SHARE = 1.25
"""Bytes that a written byte takes on the disk with its index and page, about."""
LEAST_FREE = 256 * 1024
"""What a small transaction needs for the pages it changes and their journal."""

_TABLES = """
create table if not exists facts (name text primary key, value text not null) without rowid;
create table if not exists problems (
    problem_id text primary key, revision integer not null, version integer not null, given integer not null,
    wanted integer not null default 0, asked integer not null default 0, requests integer not null default 0, pass_rate real,
    entered real not null, forgotten real) without rowid;
create table if not exists revisions (
    problem_id text, revision integer, since real not null, payload blob not null, primary key (problem_id, revision));
create table if not exists contents (digest text primary key, kind text not null, payload blob not null);
create table if not exists tests (
    problem_id text, place integer, digest text not null, key text not null, provenance blob not null, origin text not null,
    written real not null, retired real, reason text not null default '', primary key (problem_id, place)) without rowid;
create table if not exists suites (
    problem_id text, version integer, revision integer not null, since real not null, digest text not null,
    form blob not null, places blob not null, primary key (problem_id, version)) without rowid;
create table if not exists statistics (
    problem_id text, place integer, payload blob not null, primary key (problem_id, place)) without rowid;
create table if not exists group_statistics (problem_id text primary key, payload blob not null) without rowid;
create table if not exists recent (problem_id text primary key, payload blob not null);
create table if not exists observed (key text primary key, at real not null) without rowid;
"""


class Database:
    """One connection. Raises StorageError naming the file and the remedy."""

    def __init__(self, directory: Path, *, readonly: bool = False) -> None:
        self._path = directory / FILE
        self._readonly = readonly
        self._db: sqlite3.Connection | None = None

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    def open(self) -> None:
        """Open or create the file, check its layout and that its pages are whole."""
        if self._readonly and not self._path.exists():
            raise StorageError(f"{self._path.parent}: holds no bank; give the directory that a server or a run was given")
        try:
            uri = f"{self._path.absolute().as_uri()}?mode={'rw' if self._readonly else 'rwc'}"  # rw: a dead writer's rest is undone
            self._db = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
            self._check_layout()
            if self._readonly:
                self._db.execute("pragma query_only = on")
            else:
                self._create()
            self._check_pages()
        except sqlite3.Error as error:
            self.close()
            raise self.fault(error) from None
        except StorageError:
            self.close()
            raise

    def close(self) -> None:
        """Close the file; safe to call twice."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def one(self, query: str, *values: Any) -> tuple[Any, ...] | None:
        """Return the first row, or None."""
        rows = self.all(query, *values)
        return rows[0] if rows else None

    def all(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return all rows."""
        try:
            return self._connection().execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise self.fault(error) from None

    @contextmanager
    def transaction(self) -> Iterator["Transaction"]:
        """All of the writes inside are on the disk when it ends, or none."""
        database = self._connection()
        transaction = Transaction(database)
        try:
            database.execute("begin immediate")
            yield transaction
            database.execute("commit")
        except sqlite3.Error as error:
            raise self.fault(error, transaction.weight) from None
        finally:
            if database.in_transaction:
                database.rollback()

    def fault(self, error: sqlite3.Error, weight: int = 0) -> StorageError:
        """Say what a fault of SQLite means; weight: bytes that the transaction wanted to write."""
        name = str(getattr(error, "sqlite_errorname", ""))
        if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
            return StorageError(f"{self._path}: {error}; {self._space(weight)}; nothing was written, and the bank goes on then")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return StorageError(f"{self._path}: another process kept it locked for {BUSY_S:.0f} s; end that process and try again")
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            return StorageError(f"{self._path}: is damaged ({error}); put back a copy of the directory, or give another one")
        return StorageError(f"{self._path}: {error}; check the directory and who may write to it")

    def _space(self, weight: int) -> str:
        needed = (weight * PAGE_SHARE + LEAST_FREE) / 2**20
        try:
            free = f", {shutil.disk_usage(self._path.parent).free / 2**20:.1f} MiB are free"
        except OSError:
            free = ""
        return f"this write needs about {needed:.1f} MiB{free}; free some space on its disk"

    def _create(self) -> None:
        database = self._connection()
        database.execute("pragma journal_mode = truncate")
        database.execute("pragma synchronous = full")
        with self.transaction() as transaction:
            for statement in _TABLES.split(";\n"):
                transaction.execute(statement)
            transaction.execute("insert or ignore into facts values ('schema', ?)", str(SCHEMA))

    def _check_layout(self) -> None:
        there = self.one("select 1 from sqlite_master where name = 'facts'")
        (layout,) = (self.one("select value from facts where name = 'schema'") if there else None) or (None,)
        if layout != str(SCHEMA) and (there or self._readonly):
            raise StorageError(
                f"{self._path}: a bank of layout {layout}, this version reads {SCHEMA}; "
                "use the version that made it, or another directory"
            )

    def _check_pages(self) -> None:
        if (found := self.all("pragma quick_check(1)")) != [("ok",)]:
            reason = str(found[0][0]).splitlines()[-1]
            raise StorageError(f"{self._path}: is damaged ({reason}); put back a copy of the directory, or give another one")

    def _connection(self) -> sqlite3.Connection:
        if self._db is None:
            raise StorageError(f"{self._path}: the bank is closed")
        return self._db


class Transaction:
    """Writes of one transaction. weight: bytes of the values written so far."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self.weight = 0

    def execute(self, query: str, *values: Any) -> None:
        """Carry out one statement."""
        self.weight += sum(len(value) if isinstance(value, str | bytes) else 8 for value in values)
        self._database.execute(query, values)

    def many(self, query: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Carry out one statement for each row."""
        for row in rows:
            self.execute(query, *row)
