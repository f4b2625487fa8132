"""Whether a bank is whole: its pages, every text under its own hash, every version with its tests, every problem with a version."""

from collections.abc import Iterator
from dataclasses import dataclass

from coderm.bank.bank import Bank
from coderm.bank.contents import digest_of, suite_digest
from coderm.bank.rows import Rows, SuiteRow
from coderm.errors import StorageError


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and one line for each fault."""

    problems: int
    versions: int
    texts: int
    faults: tuple[str, ...]


def verify(bank: Bank) -> Verified:
    """Look at everything; reads each text once, one in memory at a time."""
    rows = bank.rows
    faults = [f"file: {reason}" for reason in rows.page_faults()]
    texts = 0
    for digest, content in rows.all_contents():
        texts += 1
        if isinstance(content, StorageError):
            faults.append(f"text {digest}: is not readable")
        elif digest_of(content) != digest:
            faults.append(f"text {digest}: is not what it was when it was added")
    problem_ids = rows.problem_ids(forgotten=True)
    versions = 0
    for problem_id in problem_ids:
        suites = rows.suites(problem_id)
        versions += len(suites)
        faults += [f"{problem_id}: {fault}" for fault in _faults(rows, problem_id, suites)]
    return Verified(len(problem_ids), versions, texts, tuple(faults))


def _faults(rows: Rows, problem_id: str, suites: list[SuiteRow]) -> Iterator[str]:
    """What is wrong with the versions of one problem."""
    digests = rows.digests(problem_id)
    missing = rows.without_text(problem_id)
    for suite in suites:
        lacking = [place for place in suite.places if place not in digests or place in missing]
        if lacking:
            yield f"version {suite.version} lacks the text of test {lacking[0]}"
        elif suite_digest(suite.form, [digests[place] for place in suite.places]) != suite.digest:
            yield f"version {suite.version} has other tests than when it was made"
        if suite.revision > rows.revisions(problem_id):
            yield f"version {suite.version} lacks its problem's text"
    row = rows.problem(problem_id)
    now = next((suite for suite in suites if row is not None and suite.version == row.version), None)
    if row is None or now is None:
        yield "has no suite"
    elif row.forgotten is None and sorted(now.places) != rows.active(problem_id):
        yield f"the active tests are not those of version {now.version}"
