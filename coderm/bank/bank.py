"""The bank of one directory: problems come in, tests are added and retired, any version of a suite is read again.

One process writes, by a lock that names it; any number read. Every write is one transaction. Nothing is ever deleted.
"""

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from coderm.bank.contents import suite_from
from coderm.bank.counting import Outcomes, added, count_group, count_tests, turned_columns, unsteady_columns
from coderm.bank.database import FILE, Database, Transaction
from coderm.bank.policy import Buy, Decision, Holding, Retire
from coderm.bank.records import (
    BankedProblem,
    BankedTest,
    NewTest,
    RetireReason,
    Statistics,
    SuiteVersion,
)
from coderm.bank.rows import ProblemRow, RecentRow, Rows, put_recent, put_statistics, put_tests, retire, revive
from coderm.bank.versions import Versions
from coderm.errors import DataError, StorageError
from coderm.messages.problem import Problem
from coderm.messages.scoring import Suite
from coderm.storage.holding import LOCK, Tenant, held, lock_fault
from coderm.storage.surrogates import has_lone_surrogate

RECENT = 64
"""Programs of a problem whose verdicts are kept, to see whether a test judges one of them otherwise later: a group or four."""
BANK = Tenant(
    plural="servers",
    taken="another server is using this directory",
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
        self._clock = clock
        self._database = Database(directory, readonly=readonly)
        self._rows = Rows(self._database)
        self._versions = Versions(self._rows, clock, run)
        self._stack = contextlib.ExitStack()
        self._spent: int | None = None

    @property
    def rows(self) -> Rows:
        """The rows as they are, for those who check or show them."""
        return self._rows

    def open(self) -> Self:
        """Hold the directory for writing, made when new, and check that the bank is whole."""
        self._spent = None
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
            revision = self._versions.revised(write, problem)
            if row is None:
                new = (problem.task_id, revision, 0, 0, self._clock())
                write.execute("insert into problems (problem_id, revision, version, given, entered) values (?, ?, ?, ?, ?)", *new)
            if suite is not None:
                self._versions.give(write, problem.task_id, revision, suite, keys)
            elif row is None or row.revision != revision:
                self._versions.turn(write, problem, revision, row)
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
                kept = self._versions.row(problem_id, row.version)
                self._versions.put(write, problem_id, row.revision, kept.form, [*kept.places, *places])
        return len(fresh)

    def retire(self, problem_id: str, places: Sequence[int], reason: RetireReason) -> BankedProblem:
        """Take tests out of a problem's suite, which gets a new version; they stay readable. Raises DataError."""
        with self._database.transaction() as write:
            row = self._row(problem_id)
            suite = self._versions.row(problem_id, row.version)
            rest = [place for place in suite.places if place not in places]
            if len(rest) < len(suite.places):
                retire(write, problem_id, places, reason, self._clock())
                self._versions.put(write, problem_id, row.revision, suite.form, rest)
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
        spent = self.spent() + sum(wanted.values())
        with self._database.transaction() as write:
            if spent > total:
                raise DataError(f"the budget is {total} tests, and this would make {spent}; raise bank.total or buy fewer")
            for problem_id, number in wanted.items():
                self._row(problem_id)
                write.execute("update problems set wanted = wanted + ? where problem_id = ?", number, problem_id)
        self._spent = spent

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
            both = unsteady_columns(outcomes, programs) + self._turned(write, problem_id, version, outcomes, programs)
            new = count_tests(outcomes, both)
            counted = {place: added(known.get(place, Statistics()), item) for place, item in zip(places, new, strict=True)}
            put_statistics(write, problem_id, counted, added(self._rows.groups(problem_id), count_group(outcomes)))
            if key:
                write.execute("insert into observed values (?, ?)", key, self._clock())
        return True

    def predict(self, problem_id: str, pass_rate: float) -> None:
        """Note the pass rate that a probe predicts for a problem. Raises DataError unless it lies in [0, 1]."""
        if not 0 <= pass_rate <= 1:
            raise DataError(f"{problem_id}: a pass rate lies in [0, 1], not at {pass_rate}")
        with self._database.transaction() as write:
            self._row(problem_id)
            write.execute("update problems set pass_rate = ? where problem_id = ?", pass_rate, problem_id)

    def apply(self, decisions: Sequence[Decision], total: int) -> None:
        """Carry out what the policy decided, in one transaction for each problem's retirements and one for all that is bought."""
        gone: dict[tuple[str, RetireReason], list[int]] = {}
        for item in decisions:
            if isinstance(item, Retire):
                gone.setdefault((item.problem_id, item.reason), []).append(item.place)
        for (problem_id, reason), places in gone.items():
            self.retire(problem_id, places, reason)
        if wanted := {item.problem_id: item.tests for item in decisions if isinstance(item, Buy)}:
            self.buy(wanted, total)

    def holding(self, problem_id: str) -> Holding:
        """Return what the policy sees of a problem. Raises DataError."""
        known = self._known(problem_id)
        statistics = self._rows.statistics(problem_id)
        places = self._places(problem_id, known.version) if not known.forgotten else ()
        rate = self._rows.pass_rate(problem_id)
        active = {place: statistics.get(place, Statistics()) for place in places}
        ever = tuple(statistics[place] for place in sorted(statistics))
        return Holding(problem_id, known.given, known.wanted, known.held, active, ever, known.groups, rate)

    def problem_ids(self) -> list[str]:
        """Ids of the problems that are not forgotten, in the order in which they were registered."""
        return self._rows.problem_ids()

    def unwritten(self) -> list[str]:
        """Ids of the problems for which more generated tests are wanted than they ever had, in the order of registering."""
        return self._rows.unwritten()

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
        row = self._versions.row(problem_id, version)
        suite = suite_from(row.form, self._rows.contents(problem_id, row.places))
        text = self._rows.text(problem_id, row.revision)
        return SuiteVersion(text, version, row.digest, row.places, suite, row.since)

    def spent(self) -> int:
        """Generated tests bought so far, over all problems, forgotten ones included."""
        if self._spent is None or self._readonly:  # the one writer knows; a sum over all problems takes longer with each
            self._spent = self._rows.spent()
        return self._spent

    def _claim(self, stack: contextlib.ExitStack) -> None:
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise lock_fault(self._directory, error, BANK) from None
        stack.enter_context(held(self._directory, BANK))
        others = [path.name for path in self._directory.iterdir() if path.name != LOCK]
        if others and FILE not in others:
            raise StorageError(f"{self._directory}: not empty and no bank; give another bank directory")

    def _turned(
        self, write: Transaction, problem_id: str, version: int, outcomes: Outcomes, programs: tuple[str, ...]
    ) -> list[int]:
        """Compare programs with what they got before, and keep what they got now in its place."""
        if not programs:
            return []
        rows = {row.program: row for row in self._rows.recent(problem_id)}
        places = {number: self._places(problem_id, number) for number in {version, *(row.version for row in rows.values())}}
        earlier = {name: dict(zip(places[row.version], row.outcomes, strict=True)) for name, row in rows.items()}
        turned = turned_columns(outcomes, programs, places[version], earlier)
        for name, cells in zip(programs, outcomes, strict=True):
            rows.pop(name, None)
            rows[name] = RecentRow(name, version, cells.astype(np.uint8).tobytes())
        put_recent(write, problem_id, list(rows.values())[-RECENT:])
        return turned

    def _places(self, problem_id: str, version: int) -> tuple[int, ...]:
        return self._versions.row(problem_id, version).places

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
