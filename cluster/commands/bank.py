"""`coderm bank list|show|verify`: prints what a bank holds. Reads only, beside a server that writes."""

from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from coderm.bank.bank import Bank
from coderm.bank.contents import parts_of
from coderm.bank.records import BankedTest, SuiteVersion
from coderm.bank.verify import verify
from coderm.errors import DataError, StorageError
from coderm.messages.cases import Case

LONGEST = 32
"""Characters of a model's name that are shown."""


def listed(directory: Path) -> int:
    """Print every problem of a bank."""
    table = Table("problem", "tests of", *_right("active", "retired", "wanted", "groups", "alike", "split", "pass all %"))
    with Bank(directory, readonly=True) as bank:
        problem_ids = bank.problem_ids()
        for problem_id in problem_ids:
            known = bank.problem(problem_id)
            if known is not None:
                groups = known.groups
                rate = f"{100 * groups.passed / groups.programs:.1f}" if groups.programs else "-"
                figures = (known.active, known.retired, known.wanted, groups.groups, groups.alike, groups.split)
                table.add_row(problem_id, "the owner" if known.given else "the bank", *map(str, figures), rate)
        console = Console()
        console.print(table)
        console.print(f"{len(problem_ids)} problems; {bank.spent()} tests bought so far")
    return 0


def shown(directory: Path, problem_id: str, version: int | None) -> int:
    """Print one problem: its tests and versions, or the texts of one version. Raises DataError for one that is not there."""
    with Bank(directory, readonly=True) as bank:
        if bank.rows.problem(problem_id) is None:
            raise DataError(f"{problem_id}: is not in the bank {directory}; `coderm bank list {directory}` prints what is")
        if version is not None:
            _print_texts(bank.suite(problem_id, version))
            return 0
        console = Console()
        console.print(_tests(bank.tests_of(problem_id)))
        row = bank.rows.problem(problem_id)
        for suite in bank.rows.suites(problem_id):
            now = " (now)" if row is not None and suite.version == row.version and row.forgotten is None else ""
            console.print(f"version {suite.version}: {len(suite.places)} tests, {_time(suite.since)}, {suite.digest}{now}")
    return 0


def verified(directory: Path) -> int:
    """Print what was checked; exit code 3 with one line for each fault."""
    with Bank(directory, readonly=True) as bank:
        found = verify(bank)
    for fault in found.faults:
        print(fault)
    told = f"{len(found.faults)} fault(s)" if found.faults else "all whole"
    print(f"{found.problems} problems, {found.versions} versions, {found.texts} texts: {told}")
    return StorageError.exit_code if found.faults else 0


def _tests(tests: list[BankedTest]) -> Table:
    names = ("uses", "passed", "failed", "error", "lost", "parted", "idle", "agreed", "against", "unsteady")
    table = Table("test", "from", "state", *_right(*names))
    for item in tests:
        known = item.statistics
        figures = (known.uses, known.passes, known.fails, known.errors, known.lost, known.parted, known.idle)
        origin = "given" if item.provenance.origin == "given" else item.provenance.model[-LONGEST:] or "generated"
        state = "active" if item.retired is None else f"{item.reason} {_time(item.retired)}"
        table.add_row(str(item.place), origin, state, *map(str, (*figures, known.agreed, known.against, known.unsteady)))
    return table


def _print_texts(suite: SuiteVersion) -> None:
    """Print texts as they are, without a table that would wrap them."""
    _, contents = parts_of(suite.suite)
    for place, content in zip(suite.places, contents, strict=True):
        print(f"--- test {place}")
        print(_plain(f"input:\n{content.input}\nexpected:\n{content.expected}" if isinstance(content, Case) else content))


def _plain(text: str) -> str:
    """A text that every terminal can print."""
    return text.encode("utf-8", "backslashreplace").decode()


def _right(*names: str) -> list[Column]:
    return [Column(name, justify="right") for name in names]


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
