"""Reads and writes rows of the bank; each function is one step of a transaction or one question. Decides nothing."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from coderm.bank.contents import decode, digest_of, encode, kind_of, suite_digest
from coderm.bank.database import Database, Transaction
from coderm.bank.records import BankedTest, Content, Form, GroupStatistics, NewTest, Provenance, RetireReason, Statistics
from coderm.errors import StorageError
from coderm.messages.problem import Problem
from coderm.storage.row_codec import RowDecoder, encode_row

T = TypeVar("T")
_problems = RowDecoder(Problem)
_forms = RowDecoder(Form)
_provenances = RowDecoder(Provenance)
_statistics = RowDecoder(Statistics)
_groups = RowDecoder(GroupStatistics)
_TESTS = """
select t.place, t.digest, c.kind, c.payload, t.key, t.provenance, t.written, t.retired, t.reason, s.payload
from tests t join contents c on c.digest = t.digest
left join statistics s on s.problem_id = t.problem_id and s.place = t.place
where t.problem_id = ? order by t.place
"""


class SuiteRow(msgspec.Struct, frozen=True):
    """One version of a suite without its texts."""

    version: int
    revision: int
    since: float
    digest: str
    form: Form
    places: tuple[int, ...]


class RecentRow(msgspec.Struct, frozen=True, array_like=True):
    """What one program got from the tests of a version; outcomes: a byte each, in their order."""

    program: str
    version: int
    outcomes: bytes


class ProblemRow(msgspec.Struct, frozen=True):
    """One row of the problems."""

    revision: int
    version: int
    given: int
    wanted: int
    asked: int
    requests: int
    forgotten: float | None


class Rows:
    """The bank's rows as values."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def problem(self, problem_id: str) -> ProblemRow | None:
        """Return the row of a problem, or None."""
        columns = "revision, version, given, wanted, asked, requests, forgotten"
        row = self._database.one(f"select {columns} from problems where problem_id = ?", problem_id)
        return None if row is None else ProblemRow(*row)

    def problem_ids(self, *, forgotten: bool = False) -> list[str]:
        """Ids of the problems in the order in which they were entered."""
        where = "" if forgotten else "where forgotten is null"
        return [str(row[0]) for row in self._database.all(f"select problem_id from problems {where} order by entered, problem_id")]

    def unwritten(self) -> list[str]:
        """Ids of the problems for which more generated tests are wanted than they ever had, in the order of their entering."""
        query = (
            "select problem_id from problems p where given = 0 and forgotten is null and wanted > (select count(*) from tests t "
            "where t.problem_id = p.problem_id and t.origin = 'generated') order by entered, problem_id"
        )
        return [str(row[0]) for row in self._database.all(query)]

    def pass_rate(self, problem_id: str) -> float | None:
        """Return the predicted pass rate of a problem, or None."""
        (rate,) = self._database.one("select pass_rate from problems where problem_id = ?", problem_id) or (None,)
        return None if rate is None else float(rate)

    def text(self, problem_id: str, revision: int) -> Problem:
        """Return one revision of a problem's text."""
        row = self._database.one("select payload from revisions where problem_id = ? and revision = ?", problem_id, revision)
        if row is None:
            raise StorageError(f"{self._database.path}: {problem_id} has no text {revision}; run `coderm bank verify`")
        return self._decoded(_problems, row[0])

    def revision_of(self, problem_id: str, payload: bytes) -> int:
        """Return the revision that holds exactly this text, or 0."""
        row = self._database.one("select revision from revisions where problem_id = ? and payload = ?", problem_id, payload)
        return 0 if row is None else int(row[0])

    def revisions(self, problem_id: str) -> int:
        """How many texts a problem has had."""
        (number,) = self._database.one("select count(*) from revisions where problem_id = ?", problem_id) or (0,)
        return int(number)

    def suite(self, problem_id: str, version: int) -> SuiteRow | None:
        """Return one version of a suite, or None."""
        columns = "version, revision, since, digest, form, places"
        row = self._database.one(f"select {columns} from suites where problem_id = ? and version = ?", problem_id, version)
        return None if row is None else self._suite(row)

    def suites(self, problem_id: str) -> list[SuiteRow]:
        """Return all versions of a suite."""
        columns = "version, revision, since, digest, form, places"
        rows = self._database.all(f"select {columns} from suites where problem_id = ? order by version", problem_id)
        return [self._suite(row) for row in rows]

    def version_of(self, problem_id: str, revision: int, digest: str) -> int:
        """Return the latest version of a text's suite that has this digest, or 0."""
        query = "select max(version) from suites where problem_id = ? and revision = ? and digest = ?"
        (version,) = self._database.one(query, problem_id, revision, digest) or (None,)
        return int(version or 0)

    def versions(self, problem_id: str) -> int:
        """Number of the latest version."""
        (version,) = self._database.one("select max(version) from suites where problem_id = ?", problem_id) or (None,)
        return int(version or 0)

    def tests(self, problem_id: str) -> list[BankedTest]:
        """Return every test that a problem ever had, by place."""
        return [self._test(row) for row in self._database.all(_TESTS, problem_id)]

    def contents(self, problem_id: str, places: Sequence[int]) -> list[Content]:
        """Return the tests of these places, in their order."""
        query = (
            "select t.place, c.kind, c.payload from tests t join contents c on c.digest = t.digest "
            "where t.problem_id = ? and t.place between ? and ?"
        )
        rows = self._database.all(query, problem_id, min(places, default=0), max(places, default=-1))
        found = {place: (kind, payload) for place, kind, payload in rows}
        if lacking := [place for place in places if place not in found]:
            raise StorageError(f"{self._database.path}: {problem_id} lacks test {lacking[0]}; run `coderm bank verify`")
        return [self._content(*found[place]) for place in places]

    def digests(self, problem_id: str) -> dict[int, str]:
        """Return the content hash of every test that a problem ever had, by place."""
        rows = self._database.all("select place, digest from tests where problem_id = ? order by place", problem_id)
        return {int(place): str(digest) for place, digest in rows}

    def active(self, problem_id: str) -> list[int]:
        """Return the places of the tests that are not retired."""
        query = "select place from tests where problem_id = ? and retired is null order by place"
        return [int(row[0]) for row in self._database.all(query, problem_id)]

    def without_text(self, problem_id: str) -> frozenset[int]:
        """Return the places of tests whose text is not there."""
        query = "select place from tests where problem_id = ? and digest not in (select digest from contents)"
        return frozenset(int(row[0]) for row in self._database.all(query, problem_id))

    def all_contents(self) -> Iterator[tuple[str, Content | StorageError]]:
        """Yield every text under its hash, one in memory at a time; an unreadable one as the error that reading it gave."""
        last = ""
        query = "select digest, kind, payload from contents where digest > ? order by digest limit 1"
        while (row := self._database.one(query, last)) is not None:
            last = str(row[0])
            try:
                yield last, self._content(row[1], row[2])
            except StorageError as error:
                yield last, error

    def page_faults(self) -> list[str]:
        """Return what is wrong with the pages and indexes of the file."""
        return [str(row[0]) for row in self._database.all("pragma integrity_check") if row[0] != "ok"]

    def places(self, problem_id: str) -> int:
        """How many places a problem's tests take."""
        (number,) = self._database.one("select count(*) from tests where problem_id = ?", problem_id) or (0,)
        return int(number)

    def counts(self, problem_id: str) -> tuple[int, int, int]:
        """Return (active, retired, generated) tests of a problem."""
        query = "select coalesce(sum(retired is null), 0), coalesce(sum(retired is not null), 0), "
        query += "coalesce(sum(origin = 'generated'), 0) from tests where problem_id = ?"
        active, retired, generated = self._database.one(query, problem_id) or (0, 0, 0)
        return int(active), int(retired), int(generated)

    def statistics(self, problem_id: str) -> dict[int, Statistics]:
        """Return what is known of each test."""
        rows = self._database.all("select place, payload from statistics where problem_id = ?", problem_id)
        return {int(place): self._decoded(_statistics, payload) for place, payload in rows}

    def groups(self, problem_id: str) -> GroupStatistics:
        """Return what is known of a problem's groups."""
        row = self._database.one("select payload from group_statistics where problem_id = ?", problem_id)
        return GroupStatistics() if row is None else self._decoded(_groups, row[0])

    def spent(self) -> int:
        """Generated tests bought so far, over all problems."""
        (number,) = self._database.one("select coalesce(sum(wanted), 0) from problems") or (0,)
        return int(number)

    def recent(self, problem_id: str) -> list[RecentRow]:
        """Return the verdicts of the programs that were judged last, the latest at the end."""
        row = self._database.one("select payload from recent where problem_id = ?", problem_id)
        try:
            return [] if row is None else msgspec.msgpack.decode(row[0], type=list[RecentRow])
        except msgspec.MsgspecError as error:
            raise self._foreign(error) from None

    def seen(self, key: str) -> bool:
        """Whether a group of this key was counted."""
        return self._database.one("select 1 from observed where key = ?", key) is not None

    def _suite(self, row: tuple[Any, ...]) -> SuiteRow:
        version, revision, since, digest, form, places = row
        return SuiteRow(version, revision, since, digest, self._decoded(_forms, form), tuple(msgspec.msgpack.decode(places)))

    def _test(self, row: tuple[Any, ...]) -> BankedTest:
        place, digest, kind, payload, key, provenance, written, retired, reason, statistics = row
        known = Statistics() if statistics is None else self._decoded(_statistics, statistics)
        origin = self._decoded(_provenances, provenance)
        return BankedTest(place, digest, self._content(kind, payload), key, origin, written, retired, reason, known)

    def _content(self, kind: str, payload: bytes) -> Content:
        try:
            return decode(kind, payload)
        except (msgspec.MsgspecError, ValueError, TypeError, AttributeError) as error:
            raise self._foreign(error) from None

    def _decoded(self, decoder: RowDecoder[T], payload: bytes) -> T:
        try:
            return decoder.decode(payload)
        except (msgspec.MsgspecError, ValueError, TypeError) as error:
            raise self._foreign(error) from None

    def _foreign(self, error: Exception) -> StorageError:
        return StorageError(f"{self._database.path}: holds a row of another version ({error}); use the version that wrote it")


def put_tests(write: Transaction, problem_id: str, first: int, tests: Sequence[NewTest], now: float) -> None:
    """Add tests at places from `first` on."""
    for place, item in enumerate(tests, first):
        digest, origin = digest_of(item.content), item.provenance.origin
        content = (digest, kind_of(item.content), encode(item.content))
        write.execute("insert or ignore into contents values (?, ?, ?)", *content)
        row = (problem_id, place, digest, item.key, encode_row(item.provenance), origin, now)
        write.execute("insert into tests values (?, ?, ?, ?, ?, ?, ?, null, '')", *row)


def put_suite(
    write: Transaction, problem_id: str, version: int, revision: int, form: Form, digests: dict[int, str], now: float
) -> None:
    """Add a version of a suite; digests: of its tests by place, in order."""
    digest = suite_digest(form, list(digests.values()))
    places = msgspec.msgpack.encode(list(digests))
    row = (problem_id, version, revision, now, digest, encode_row(form), places)
    write.execute("insert into suites values (?, ?, ?, ?, ?, ?, ?)", *row)


def retire(write: Transaction, problem_id: str, places: Iterable[int], reason: RetireReason, now: float) -> None:
    """Retire tests that are active."""
    query = "update tests set retired = ?, reason = ? where problem_id = ? and place = ? and retired is null"
    write.many(query, [(now, reason, problem_id, place) for place in places])


def revive(write: Transaction, problem_id: str, places: Iterable[int]) -> None:
    """Make tests active again."""
    query = "update tests set retired = null, reason = '' where problem_id = ? and place = ?"
    write.many(query, [(problem_id, place) for place in places])


def put_recent(write: Transaction, problem_id: str, rows: Sequence[RecentRow]) -> None:
    """Replace the verdicts of the programs that were judged last."""
    write.execute("insert or replace into recent values (?, ?)", problem_id, msgspec.msgpack.encode(rows))


def put_statistics(write: Transaction, problem_id: str, statistics: dict[int, Statistics], groups: GroupStatistics) -> None:
    """Replace what is known of tests and of the problem's groups."""
    rows = [(problem_id, place, encode_row(known)) for place, known in statistics.items()]
    write.many("insert or replace into statistics values (?, ?, ?)", rows)
    write.execute("insert or replace into group_statistics values (?, ?)", problem_id, encode_row(groups))
