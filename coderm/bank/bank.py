"""The bank of one directory: problems come in, tests are added and retired, any version of a suite is read again.

One process writes, by a lock that names it; any number read. Every write is one transaction. Nothing is ever deleted.
"""

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from coderm.bank.contents import digest_of, parts_of, suite_digest, suite_from
from coderm.bank.counting import Outcomes, added, count_group, count_tests, unsteady_columns
from coderm.bank.database import FILE, Database, Transaction
from coderm.bank.records import (
    BankedProblem,
    BankedTest,
    Form,
    NewTest,
    Provenance,
    RetireReason,
    Statistics,
    SuiteVersion,
)
from coderm.bank.rows import ProblemRow, Rows, SuiteRow, put_statistics, put_suite, put_tests, retire, revive
from coderm.errors import DataError, StorageError
from coderm.messages.problem import Problem
from coderm.messages.scoring import Suite
from coderm.storage.holding import LOCK, Tenant, held, lock_fault
from coderm.storage.row_codec import encode_row
from coderm.storage.surrogates import has_lone_surrogate

BANK = Tenant(
    noun="server",
    folder="a bank",
    other="give another bank directory",
    local="put the bank on a local disk",
    wait="send requests to that one, stop it, or give another bank directory",
)


class Bank:
    """Reads and writes; a context manager. Raises StorageError naming the directory and the remedy.

    clock: seconds since the epoch. run: the run or service named in the provenance of what is written.
    """

    def __init__(self, directory: Path, *, readonly: bool = False, run: str = "", clock: Callable[[], float] = time.time) -> None:
        self._directory = directory
        self._readonly = readonly
        self._run = run
        self._clock = clock
        self._database = Database(directory, readonly=readonly)
        self._rows = Rows(self._database)
        self._stack = contextlib.ExitStack()

    @property
    def rows(self) -> Rows:
        """The rows as they are, for those who check or show them."""
        return self._rows

    def open(self) -> Self:
        """Hold the directory for writing, made when new, and check that the bank is whole."""
        with contextlib.ExitStack() as stack:
            if not self._readonly:
                self._claim(stack)
            self._database.open()
            stack.callback(self._database.close)
            self._stack = stack.pop_all()
        return self

    def close(self) -> None:
        """Close the file and free the directory; safe to call twice."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def enter(self, problem: Problem, suite: Suite | None = None, keys: Sequence[str] = ()) -> BankedProblem:
        """Register a problem; the same again changes nothing.

        suite: its owner's tests, without which the bank's own are written. Another suite makes a new version. Another text makes a
        new version without the tests that were written for the old one. keys: of the tests; without them, their hashes.
        """
        _check_id(problem.task_id)
        with self._database.transaction() as write:
            row = self._rows.problem(problem.task_id)
            revision = self._revised(write, problem)
            if row is None:
                new = (problem.task_id, revision, 0, 0, self._clock())
                write.execute("insert into problems (problem_id, revision, version, given, entered) values (?, ?, ?, ?, ?)", *new)
            if suite is not None:
                self._give(write, problem.task_id, revision, suite, keys)
            elif row is None or row.revision != revision:
                self._turn(write, problem.task_id, revision, row)
            elif row.forgotten is not None:
                revive(write, problem.task_id, self._places(problem.task_id, row.version))
            write.execute("update problems set forgotten = null where problem_id = ?", problem.task_id)
        return self._known(problem.task_id)

    def add(
        self, problem_id: str, tests: Sequence[NewTest], *, asked: int = 0, requests: int = 0, text: Problem | None = None
    ) -> int:
        """Add generated tests, and note the texts and requests that they took; return how many were new.

        One that does the same as another of the problem is left out. text: what they were written for; where the problem has
        another text by now, was forgotten or got tests of its owner, they are kept as retired. Raises DataError.
        """
        with self._database.transaction() as write:
            row = self._row(problem_id)
            before = self._rows.tests(problem_id)
            fresh = list({item.key: item for item in tests if item.key not in {old.key for old in before}}.values())
            put_tests(write, problem_id, len(before), fresh, self._clock())
            spent = (asked, requests, problem_id)
            write.execute("update problems set asked = asked + ?, requests = requests + ? where problem_id = ?", *spent)
            places = range(len(before), len(before) + len(fresh))
            late = text is not None and text != self._rows.text(problem_id, row.revision)
            if row.given or late or row.forgotten is not None:
                reason: RetireReason = "replaced" if row.given or late else "forgotten"
                retire(write, problem_id, places, reason, self._clock())
            elif fresh:
                kept = self._suite_row(problem_id, row.version)
                self._put(write, problem_id, row.revision, kept.form, [*kept.places, *places])
        return len(fresh)

    def retire(self, problem_id: str, places: Sequence[int], reason: RetireReason) -> BankedProblem:
        """Take tests out of a problem's suite, which gets a new version; they stay readable. Raises DataError."""
        with self._database.transaction() as write:
            row = self._row(problem_id)
            suite = self._suite_row(problem_id, row.version)
            rest = [place for place in suite.places if place not in places]
            if len(rest) < len(suite.places):
                retire(write, problem_id, places, reason, self._clock())
                self._put(write, problem_id, row.revision, suite.form, rest)
        return self._known(problem_id)

    def forget(self, problem_id: str) -> bool:
        """Leave a problem out until it is registered again; return whether it was there. Its versions stay readable."""
        with self._database.transaction() as write:
            row = self._rows.problem(problem_id)
            if row is None or row.forgotten is not None:
                return False
            retire(write, problem_id, self._places(problem_id, row.version), "forgotten", self._clock())
            write.execute("update problems set forgotten = ? where problem_id = ?", self._clock(), problem_id)
        return True

    def buy(self, wanted: Mapping[str, int], total: int) -> None:
        """Want further generated tests. Raises DataError when all that was ever bought would exceed `total`, and buys nothing."""
        with self._database.transaction() as write:
            spent = self._rows.spent() + sum(wanted.values())
            if spent > total:
                raise DataError(f"the budget is {total} tests, and this would make {spent}; raise bank.total or buy fewer")
            for problem_id, number in wanted.items():
                self._row(problem_id)
                write.execute("update problems set wanted = wanted + ? where problem_id = ?", number, problem_id)

    def observe(self, problem_id: str, version: int, outcomes: Outcomes, *, programs: tuple[str, ...] = (), key: str = "") -> bool:
        """Count a scored group; return whether it was counted.

        outcomes: int8 (N, M) of Outcome, columns as the suite's version has them. programs: a hash for each row, by which equal
        programs with unequal verdicts are seen. key: of the group; one that was counted before is not counted again.
        Raises DataError.
        """
        with self._database.transaction() as write:
            places = self._places(problem_id, version)
            if outcomes.ndim != 2 or outcomes.shape[1] != len(places) or len(programs) not in (0, len(outcomes)):
                raise DataError(f"{problem_id}: verdicts are {outcomes.shape}, version {version} has {len(places)} tests; send all")
            if key and self._rows.seen(key):
                return False
            known = self._rows.statistics(problem_id)
            new = count_tests(outcomes, unsteady_columns(outcomes, programs))
            counted = {place: added(known.get(place, Statistics()), item) for place, item in zip(places, new, strict=True)}
            put_statistics(write, problem_id, counted, added(self._rows.groups(problem_id), count_group(outcomes)))
            if key:
                write.execute("insert into observed values (?, ?)", key, self._clock())
        return True

    def problem_ids(self) -> list[str]:
        """Ids of the problems that are not forgotten, in the order in which they were registered."""
        return self._rows.problem_ids()

    def problem(self, problem_id: str) -> BankedProblem | None:
        """Return what is known of a problem, or None when it is not there or forgotten."""
        row = self._rows.problem(problem_id)
        return None if row is None or row.forgotten is not None else self._known(problem_id)

    def tests_of(self, problem_id: str) -> list[BankedTest]:
        """Return every test that a problem ever had, retired ones included, by place."""
        return self._rows.tests(problem_id)

    def suite_of(self, problem_id: str) -> SuiteVersion | None:
        """Return the suite that judges a problem now, or None when the problem is not there or forgotten."""
        row = self._rows.problem(problem_id)
        return None if row is None or row.forgotten is not None else self.suite(problem_id, row.version)

    def suite(self, problem_id: str, version: int) -> SuiteVersion:
        """Return one version of a suite, the same whenever it is asked for. Raises DataError when there is none."""
        row = self._suite_row(problem_id, version)
        suite = suite_from(row.form, self._rows.contents(problem_id, row.places))
        text = self._rows.text(problem_id, row.revision)
        return SuiteVersion(text, version, row.digest, row.places, suite, row.since)

    def spent(self) -> int:
        """Generated tests bought so far, over all problems, forgotten ones included."""
        return self._rows.spent()

    def _claim(self, stack: contextlib.ExitStack) -> None:
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise lock_fault(self._directory, error, BANK) from None
        stack.enter_context(held(self._directory, BANK))
        others = [path.name for path in self._directory.iterdir() if path.name != LOCK]
        if others and FILE not in others:
            raise StorageError(f"{self._directory}: not empty and no bank; give another bank directory")

    def _revised(self, write: Transaction, problem: Problem) -> int:
        """Return the revision of a text, kept when new."""
        payload = encode_row(problem)
        revision = self._rows.revision_of(problem.task_id, payload)
        if not revision:
            revision = self._rows.revisions(problem.task_id) + 1
            write.execute("insert into revisions values (?, ?, ?, ?)", problem.task_id, revision, self._clock(), payload)
        return revision

    def _give(self, write: Transaction, problem_id: str, revision: int, suite: Suite, keys: Sequence[str]) -> None:
        """Make a suite of the owner's the problem's: a version that there was, or a new one."""
        form, contents = parts_of(suite)
        digests = [digest_of(item) for item in contents]
        version = self._rows.version_of(problem_id, revision, suite_digest(form, digests))
        if version:
            self._point(write, problem_id, self._suite_row(problem_id, version))
        else:
            first = self._rows.places(problem_id)
            given = Provenance("given", run=self._run)
            tests = [NewTest(item, key, given) for item, key in zip(contents, keys or digests, strict=True)]
            put_tests(write, problem_id, first, tests, self._clock())
            self._put(write, problem_id, revision, form, list(range(first, first + len(tests))))
        write.execute("update problems set given = 1 where problem_id = ?", problem_id)

    def _turn(self, write: Transaction, problem_id: str, revision: int, row: ProblemRow | None) -> None:
        """Go on under another text: the owner's tests stay, generated ones were written for the old text."""
        if row is not None and row.given:
            suite = self._suite_row(problem_id, row.version)
            self._put(write, problem_id, revision, suite.form, list(suite.places))
            return
        earlier = [suite for suite in self._rows.suites(problem_id) if suite.revision == revision]
        if earlier:
            self._point(write, problem_id, earlier[-1])
        else:
            self._put(write, problem_id, revision, Form(), [])

    def _put(self, write: Transaction, problem_id: str, revision: int, form: Form, places: list[int]) -> None:
        """Make a version of these tests, and retire the others."""
        digests = self._rows.digests(problem_id)
        version = self._rows.versions(problem_id) + 1
        put_suite(write, problem_id, version, revision, form, {place: digests[place] for place in places}, self._clock())
        self._point(write, problem_id, self._suite_row(problem_id, version))

    def _point(self, write: Transaction, problem_id: str, suite: SuiteRow) -> None:
        """Make a version the problem's, its tests active and all others retired."""
        query = "update problems set version = ?, revision = ? where problem_id = ?"
        write.execute(query, suite.version, suite.revision, problem_id)
        others = [place for place in self._rows.digests(problem_id) if place not in suite.places]
        retire(write, problem_id, others, "replaced", self._clock())
        revive(write, problem_id, suite.places)

    def _places(self, problem_id: str, version: int) -> tuple[int, ...]:
        return self._suite_row(problem_id, version).places

    def _suite_row(self, problem_id: str, version: int) -> SuiteRow:
        row = self._rows.suite(problem_id, version)
        if row is None:
            raise DataError(f"{problem_id}: the bank has no version {version} of its tests; `coderm bank show` lists what there is")
        return row

    def _row(self, problem_id: str) -> ProblemRow:
        row = self._rows.problem(problem_id)
        if row is None:
            raise DataError(f"{problem_id}: is not in the bank; register it first")
        return row

    def _known(self, problem_id: str) -> BankedProblem:
        row = self._row(problem_id)
        active, retired, generated = self._rows.counts(problem_id)
        return BankedProblem(
            self._rows.text(problem_id, row.revision),
            row.version,
            bool(row.given),
            active,
            retired,
            row.wanted,
            generated,
            row.asked,
            row.requests,
            row.forgotten is not None,
            self._rows.groups(problem_id),
        )


def _check_id(problem_id: str) -> None:
    if not problem_id or has_lone_surrogate(problem_id) or "\0" in problem_id:
        raise DataError(f"{problem_id!r}: is no id of a problem; give a text without lone surrogates or NUL")
