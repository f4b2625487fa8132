"""Steps of a transaction that change which version of a suite is a problem's. A version that was made never changes."""

from collections.abc import Callable, Sequence

from coderm.bank.contents import digest_of, form_of, parts_of, suite_digest
from coderm.bank.database import Transaction
from coderm.bank.records import Form, NewTest, Provenance
from coderm.bank.rows import ProblemRow, Rows, SuiteRow, put_suite, put_tests, retire, revive
from coderm.errors import DataError
from coderm.messages.problem import Problem
from coderm.messages.scoring import Suite
from coderm.storage.row_codec import encode_row


class Versions:
    """Reads and writes versions. run: the run named in the provenance of tests that an owner gives."""

    def __init__(self, rows: Rows, clock: Callable[[], float], run: str) -> None:
        self._rows = rows
        self._clock = clock
        self._run = run

    def row(self, problem_id: str, version: int) -> SuiteRow:
        """Return a version without its texts. Raises DataError when there is none."""
        row = self._rows.suite(problem_id, version)
        if row is None:
            raise DataError(f"{problem_id}: the bank has no version {version} of its tests; `coderm bank show` lists what there is")
        return row

    def revised(self, write: Transaction, problem: Problem) -> int:
        """Return the revision of a problem's text, kept when new."""
        payload = encode_row(problem)
        revision = self._rows.revision_of(problem.task_id, payload)
        if not revision:
            revision = self._rows.revisions(problem.task_id) + 1
            write.execute("insert into revisions values (?, ?, ?, ?)", problem.task_id, revision, self._clock(), payload)
        return revision

    def give(self, write: Transaction, problem_id: str, revision: int, suite: Suite, keys: Sequence[str]) -> None:
        """Make a suite of the owner's the problem's: a version that there was, or a new one."""
        form, contents = parts_of(suite)
        digests = [digest_of(item) for item in contents]
        version = self._rows.version_of(problem_id, revision, suite_digest(form, digests))
        if version:
            self.point(write, problem_id, self.row(problem_id, version))
        else:
            first = self._rows.places(problem_id)
            given = Provenance("given", run=self._run)
            tests = [NewTest(item, key, given) for item, key in zip(contents, keys or digests, strict=True)]
            put_tests(write, problem_id, first, tests, self._clock())
            self.put(write, problem_id, revision, form, list(range(first, first + len(tests))))
        write.execute("update problems set given = 1 where problem_id = ?", problem_id)

    def turn(self, write: Transaction, problem: Problem, revision: int, row: ProblemRow | None) -> None:
        """Go on under another text: the owner's tests stay, generated ones were written for the old text."""
        problem_id = problem.task_id
        if row is not None and row.given:
            suite = self.row(problem_id, row.version)
            self.put(write, problem_id, revision, suite.form, list(suite.places))
            return
        earlier = [suite for suite in self._rows.suites(problem_id) if suite.revision == revision]
        if earlier:
            self.point(write, problem_id, earlier[-1])
        else:
            self.put(write, problem_id, revision, form_of(problem), [])

    def put(self, write: Transaction, problem_id: str, revision: int, form: Form, places: list[int]) -> None:
        """Make a version of these tests the problem's, and retire the others."""
        digests = self._rows.digests(problem_id)
        version = self._rows.versions(problem_id) + 1
        put_suite(write, problem_id, version, revision, form, {place: digests[place] for place in places}, self._clock())
        self.point(write, problem_id, self.row(problem_id, version))

    def point(self, write: Transaction, problem_id: str, suite: SuiteRow) -> None:
        """Make a version the problem's, its tests active and all others retired."""
        query = "update problems set version = ?, revision = ? where problem_id = ?"
        write.execute(query, suite.version, suite.revision, problem_id)
        others = [place for place in self._rows.digests(problem_id) if place not in suite.places]
        retire(write, problem_id, others, "replaced", self._clock())
        revive(write, problem_id, suite.places)
