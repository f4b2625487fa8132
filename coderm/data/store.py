"""The file of a build: what became of every row, bands of signatures, and every answer that was got.

One SQLite file in WAL mode with one writer. What was begun and is not finished is asked for again after a kill, and answered from
here where it was answered before. Nothing is held in memory.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from coderm.data.records import Cost, Kept
from coderm.errors import StorageError
from coderm.messages.events import Sampled
from coderm.messages.generation import GenerationRequest
from coderm.messages.samples import Sample
from coderm.messages.scoring import ProgramVerdict
from coderm.storage.row_codec import RowDecoder, encode_row
from coderm.storage.sqlite_file import SqliteFile

SCHEMA = 1

_TABLES = """
create table if not exists rows
    (position integer primary key, task_id text, origin text not null, stage text, why text, detail text, costs blob, payload blob);
create unique index if not exists ids on rows (task_id);
create table if not exists signatures (position integer primary key, bytes blob not null);
create table if not exists bands (key blob, position integer, primary key (key, position)) without rowid;
create table if not exists answers
    (ask_id text primary key, name text not null, role text not null, place integer not null, payload blob not null) without rowid;
create index if not exists named on answers (name, role, place);
create table if not exists facts (name text primary key, value text not null) without rowid;
"""


@dataclass(frozen=True, slots=True)
class Scored:
    """Verdicts of the programs of one request."""

    verdicts: tuple[ProgramVerdict, ...]


Costs = dict[str, Cost]
"""Cost of each stage by its name."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a row. stage and why: where and why it ended, empty of one in the data set; costs: by stage."""

    position: int
    task_id: str
    origin: str
    stage: str = ""
    why: str = ""
    detail: str = ""
    costs: Costs = field(default_factory=dict)


_costs = RowDecoder(Costs)
_kept = RowDecoder(Kept)
_sampled = RowDecoder(Sampled)
_scored = RowDecoder(Scored)
_OPEN = "stage is null and payload is null"
_ROW = "position, coalesce(task_id, ''), origin, coalesce(stage, ''), coalesce(why, ''), coalesce(detail, ''), costs"


class Store(SqliteFile):
    """Reads and writes; a context manager. Raises StorageError naming the file and the remedy."""

    REMEDY = "check the directory of the build"

    def __enter__(self) -> Self:
        try:
            self._db = sqlite3.connect(self._path, timeout=10, isolation_level=None)
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = normal")
            self._db.executescript(_TABLES)
            self._write("insert or ignore into facts values ('schema', ?)", str(SCHEMA))
            if (layout := self._one("select value from facts where name = 'schema'")) != (str(SCHEMA),):
                raise StorageError(f"{self._path}: of layout {layout}, this version writes {SCHEMA}; use another --out")
        except sqlite3.Error as error:
            self.close()
            raise self._fault(error) from None
        except StorageError:
            self.close()
            raise
        return self

    def state(self, position: int) -> str:
        """Return `new`, `open` (past the sieve, not finished) or `ended`."""
        row = self._one(f"select {_OPEN} from rows where position = ?", position)
        return "new" if row is None else "open" if row[0] else "ended"

    def begun(self) -> bool:
        """Whether any row was looked at."""
        return self._one("select 1 from rows limit 1") is not None

    def known(self, task_id: str) -> bool:
        """Whether an earlier row has this id."""
        return self._one("select 1 from rows where task_id = ?", task_id) is not None

    def alike(self, bands: list[bytes]) -> list[tuple[str, bytes]]:
        """Return (id, signature) of the records that share a band, earliest first."""
        marks = ",".join("?" * len(bands))
        return self._all(
            "select distinct rows.task_id, signatures.bytes from bands join signatures using (position) "
            f"join rows using (position) where bands.key in ({marks}) order by position",
            *bands,
        )

    def admit(self, position: int, task_id: str, origin: str, signature: bytes, bands: list[bytes]) -> None:
        """Note a record that is past the sieve, in one piece."""
        with self._transaction() as db:
            row = (position, task_id, origin, encode_row({}))
            db.execute("insert into rows (position, task_id, origin, costs) values (?, ?, ?, ?)", row)
            db.execute("insert or replace into signatures values (?, ?)", (position, signature))
            db.executemany("insert or ignore into bands values (?, ?)", [(band, position) for band in bands])

    def end(self, ended: Ended, kept: Kept | None = None) -> None:
        """Note what became of a row; with what is kept, it is in the data set."""
        payload = None if kept is None else encode_row(kept)
        values = (ended.task_id or None, ended.origin, ended.stage or None, ended.why or None, ended.detail)
        self._write(
            "insert or replace into rows values (?, ?, ?, ?, ?, ?, ?, ?)", ended.position, *values, encode_row(ended.costs), payload
        )

    def accepted(self) -> Iterator[Kept]:
        """Yield the records of the data set in the order of the sources, one in memory at a time."""
        for (payload,) in self._stream("payload", "payload is not null"):
            yield self._decoded(_kept, payload)

    def ends(self, *, rejects: bool = False) -> Iterator[Ended]:
        """Yield what became of the rows that have ended, in order; rejects: those alone."""
        among = "stage is not null" if rejects else f"not ({_OPEN})"
        for position, task_id, origin, stage, why, detail, costs in self._stream(_ROW, among):
            yield Ended(position, task_id, origin, stage, why, detail, self._decoded(_costs, costs))

    def answer(self, ask_id: str) -> Sampled | Scored | None:
        """Return the recorded answer, or None."""
        row = self._one("select payload from answers where ask_id = ?", ask_id)
        if row is None:
            return None
        kind, payload = row[0][:1], row[0][1:]
        return self._decoded(_sampled, payload) if kind == b"g" else self._decoded(_scored, payload)

    def note(self, ask_id: str, answer: Sampled | Scored, request: GenerationRequest | None = None) -> None:
        """Record an answer, of a sampling request with what a recording names it by; recording it again changes nothing."""
        kind = b"g" if isinstance(answer, Sampled) else b"s"
        name, role, place = ("", "", 0) if request is None else (request.task_id, request.role, request.offset)
        self._write("insert or ignore into answers values (?, ?, ?, ?, ?)", ask_id, name, role, place, kind + encode_row(answer))

    def recorded(self) -> Iterator[tuple[str, str, list[Sample]]]:
        """Yield (name, role, samples in order) of all that was sampled, as a recording has it."""
        last = ("", "")
        query = "select name, role from answers where name != '' and (name, role) > (?, ?) order by name, role limit 1"
        while (row := self._one(query, *last)) is not None:
            last = row[0], row[1]
            found = self._all("select payload from answers where name = ? and role = ? order by place", *last)
            yield *last, [sample for (payload,) in found for sample in self._decoded(_sampled, payload[1:]).samples]

    def counts(self) -> dict[tuple[str, str], int]:
        """Count the ended rows by stage and reason; both are empty for those of the data set."""
        rows = self._all(
            f"select coalesce(stage, ''), coalesce(why, ''), count(*) from rows where not ({_OPEN}) group by 1, 2 order by 1, 2"
        )
        return {(stage, why): count for stage, why, count in rows}

    def fact(self, name: str) -> str:
        """Return one fact, empty where it is unknown."""
        row = self._one("select value from facts where name = ?", name)
        return "" if row is None else str(row[0])

    def set_fact(self, name: str, value: str) -> None:
        """Note one fact."""
        self._write("insert or replace into facts values (?, ?)", name, value)

    def _stream(self, columns: str, among: str) -> Iterator[tuple[Any, ...]]:
        """Yield some columns of the rows that meet a condition, in order, one in memory at a time; others may write meanwhile."""
        last = -1
        query = f"select position, {columns} from rows where position > ? and {among} order by position limit 1"
        while (row := self._one(query, last)) is not None:
            last = row[0]
            yield row[1:]
