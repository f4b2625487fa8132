"""The journal of a run: an append-only record of answers to commands, and of finished problems.

One SQLite file in WAL mode with one writer, the scheduler's shell: opening it to write shuts out whoever did so before, even one
that lives on unseen (`coderm/storage/fence.py`). Replay is resume: the scheduler is asked again from the start and every command
whose answer stands here is not carried out a second time. An answer is on disk before its event is handled; a torn last write is
rolled back by SQLite. Never holds more than one row in memory.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from coderm.errors import StorageError
from coderm.messages.events import Executed, Sampled, StatesRead
from coderm.messages.observations import Observation, RoundAllotment
from coderm.messages.results import ProblemResult
from coderm.storage.fence import take_over
from coderm.storage.room import needed
from coderm.storage.row_codec import RowDecoder, encode_row
from coderm.storage.sqlite_file import SqliteFile

Answer = Sampled | Executed | StatesRead
ANSWERS: dict[str, type[Answer]] = {"Sampled": Sampled, "Executed": Executed, "Looked": StatesRead}
"""Kinds of answers by the names that rows carry; such a name never changes, so that older journals stay readable."""
SCHEMA = 2
"""Layout of the rows; a journal of another layout is refused, not guessed at."""
PAGE_BYTES = 16384
"""Of a new file: a row is a few KB, and one that does not fit into a page takes half as long again."""

_TABLES = """
create table if not exists answers (command_id text primary key, kind text not null, payload blob not null);
create table if not exists results
    (position integer primary key, task_id text not null, lost integer not null, payload blob not null);
create table if not exists observations
    (pass integer, position integer, payload blob not null, primary key (pass, position)) without rowid;
create table if not exists allotments
    (position integer, round integer, payload blob not null, primary key (position, round)) without rowid;
create table if not exists facts (name text primary key, value text not null) without rowid;
"""
_NAMES_OF_TABLES = ("answers", "results", "observations", "allotments", "facts")

_names = {kind: name for name, kind in ANSWERS.items()}
_answers: dict[str, RowDecoder[Any]] = {name: RowDecoder(kind) for name, kind in ANSWERS.items()}
_results = RowDecoder(ProblemResult, {"test_of": "unit_test_of"})
_observations = RowDecoder(Observation)
_allotments = RowDecoder(RoundAllotment)


class Journal(SqliteFile):
    """Reads and appends; a context manager. Raises StorageError naming the file and the remedy."""

    CLOSED = "the journal is closed"
    REMEDY = "check the run directory"

    def __init__(self, path: Path, *, readonly: bool = False) -> None:
        super().__init__(path)
        self._readonly = readonly
        self._file: tuple[int, int] | None = None

    def open(self) -> Self:
        """Open or create the file and check its layout."""
        try:
            uri = f"{self._path.absolute().as_uri()}?mode={'ro' if self._readonly else 'rwc'}"
            self._db = sqlite3.connect(uri, uri=True, timeout=10, isolation_level=None)
            if not self._readonly:
                self._db.execute(f"pragma page_size = {PAGE_BYTES}")  # before the file is there, or without effect
                self._db.execute("pragma journal_mode = wal")
                self._db.execute("pragma synchronous = normal")
                self._db.executescript(_TABLES)
            layout = self.fact("schema")
            if layout is None and not self._readonly:
                self.set_fact("schema", str(SCHEMA))
            elif layout != str(SCHEMA):
                raise StorageError(f"{self._path}: journal of layout {layout}, this version writes {SCHEMA}; use another --out")
            if not self._readonly:
                take_over(self._db, _NAMES_OF_TABLES)
                self._file = self._on_disk()
        except sqlite3.Error as error:
            self.close()
            raise self._fault(error) from None
        except StorageError:
            self.close()
            raise
        return self

    def __enter__(self) -> Self:
        return self.open()

    def check(self) -> None:
        """Look at every page. Raises StorageError where one is damaged: what it held cannot be told from what never was."""
        found = self._one("pragma quick_check(1)")
        if found is not None and found[0] != "ok":
            remedy = "restore it from a copy, or give another --out"
            raise StorageError(f"{self._path}: is damaged ({' '.join(str(found[0]).split())}); {remedy}")

    def answer(self, command_id: str) -> Answer | None:
        """Return the recorded answer to a command, or None."""
        row = self._one("select kind, payload from answers where command_id = ?", command_id)
        return None if row is None else self._decoded(_answers[row[0]], row[1])

    def executed(self) -> Iterator[Executed]:
        """Yield the verdicts of every block by the blocks' names, one in memory at a time."""
        last, wanted = "", "select command_id, payload from answers where kind = 'Executed' and command_id > ? order by command_id"
        while (row := self._one(wanted, last)) is not None:
            last = row[0]
            yield self._decoded(_answers["Executed"], row[1])

    def has_answers(self) -> bool:
        """Whether anything was answered yet."""
        return self._one("select 1 from answers limit 1") is not None

    def append(self, answer: Answer) -> None:
        """Record an answer; recording it again changes nothing."""
        payload = encode_row(answer)
        self._write("insert or ignore into answers values (?, ?, ?)", answer.command_id, _names[type(answer)], payload)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write all that is written inside at once, or, where an error ends it, nothing."""
        with self._transaction():
            yield

    def finish(self, result: ProblemResult) -> None:
        """Record a finished problem; a later record of the same problem replaces it (lost verdicts found again).

        Raises StorageError when the file has gone from its place, since what is written then is lost with this process.
        """
        if self._on_disk() != self._file:
            raise StorageError(f"{self._path}: was removed or replaced during the run; bring it back, or give another --out")
        payload = encode_row(result)
        row = (result.index, result.problem.task_id, len(result.lost), payload)
        self._write("insert or replace into results values (?, ?, ?, ?)", *row)

    def results(self) -> Iterator[ProblemResult]:
        """Yield finished problems in the order of the input, one in memory at a time."""
        last = -1
        while (row := self._one("select position, payload from results where position > ? order by position", last)) is not None:
            last = row[0]
            yield self._decoded(_results, row[1])

    def result(self, task_id: str) -> ProblemResult | None:
        """Return one finished problem, or None."""
        row = self._one("select payload from results where task_id = ?", task_id)
        return None if row is None else self._decoded(_results, row[0])

    def positions(self) -> frozenset[int]:
        """Positions of the finished problems, those with something lost, too."""
        return frozenset(row[0] for row in self._all("select position from results"))

    def result_at(self, position: int) -> ProblemResult:
        """Return the finished problem at a position. Raises StorageError where there is none."""
        row = self._one("select payload from results where position = ?", position)
        if row is None:
            raise StorageError(f"{self._path}: no finished problem at position {position}; {self.REMEDY}")
        return self._decoded(_results, row[0])

    def task_ids(self) -> list[str]:
        """Ids of the finished problems in the order of the input."""
        return [str(row[0]) for row in self._all("select task_id from results order by position")]

    def finished_positions(self) -> frozenset[int]:
        """Positions of the problems that are finished with nothing lost."""
        return frozenset(row[0] for row in self._all("select position from results where lost = 0"))

    def observe(self, number: int, observation: Observation) -> None:
        """Record what pass `number` showed of a problem."""
        self._write("insert or replace into observations values (?, ?, ?)", number, observation.index, encode_row(observation))

    def observed(self, number: int) -> frozenset[int]:
        """Positions of the problems that pass `number` has been over."""
        return frozenset(row[0] for row in self._all("select position from observations where pass = ?", number))

    def observations(self, number: int) -> list[Observation]:
        """What pass `number` showed, in the order of the input."""
        rows = self._all("select payload from observations where pass = ? order by position", number)
        return [self._decoded(_observations, row[0]) for row in rows]

    def allot(self, number: int, allotments: Iterable[RoundAllotment]) -> None:
        """Record what round `number` gave each problem, by position."""
        rows = [(place, number, encode_row(allotment)) for place, allotment in enumerate(allotments)]
        with self._transaction() as database:
            database.executemany("insert or replace into allotments values (?, ?, ?)", rows)

    def allotments(self, position: int) -> list[RoundAllotment]:
        """What each round gave one problem."""
        rows = self._all("select payload from allotments where position = ? order by round", position)
        return [self._decoded(_allotments, row[0]) for row in rows]

    def judge_in(self, environment: str) -> bool:
        """Note what verdicts depend on besides texts and limits; what was judged in another environment goes with the same write.

        Answers stay: texts are written in none, and a block is named by its environment. Returns whether anything was dropped.
        """
        other = self.fact("environment") not in (None, environment)
        with self._transaction() as database:
            if other:
                database.execute("delete from results")
                database.execute("delete from observations")
            database.execute("insert or replace into facts values ('environment', ?)", (environment,))
        return other

    def fact(self, name: str) -> str | None:
        """Return one fact about the run, or None."""
        row = self._one("select value from facts where name = ?", name)
        return None if row is None else str(row[0])

    def set_fact(self, name: str, value: str) -> None:
        """Set one fact about the run."""
        self._write("insert or replace into facts values (?, ?)", name, value)

    def _on_disk(self) -> tuple[int, int] | None:
        """What has the journal's name now."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _room(self) -> str:
        try:
            done = self._connection().execute("select count(*) from results").fetchone()[0]
            problems = self.fact("problems")
        except (sqlite3.Error, StorageError):
            done, problems = 0, None
        return f"{needed(self._path, done, int(problems or 0))}; "
