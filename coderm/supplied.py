"""The user's own candidates and tests: JSON Lines files read by task id, one row in memory at a time.

Candidates: `{"task_id", "solutions": [text or {"solution": text}]}` (released CodeRM form), or one `{"task_id", "solution"}` or
`{"task_id", "completion"}` a line (EvalPlus samples; a completion continues the problem's prompt). Tests:
`{"task_id", "unit_tests": [text]}`. Only offsets are kept, so that files larger than memory work.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from coderm.errors import DataError
from coderm.jsonl import Row, read_jsonl, read_row, require, typed
from coderm.messages import Problem

Parse = Callable[[Row, str, Problem], list[str]]


class Supplied:
    """Texts by task id. `parse` reads the texts of one row; rows of one task are joined in file order."""

    def __init__(self, path: Path, parse: Parse, *, needed: bool) -> None:
        self._path = path
        self._parse = parse
        self._needed = needed
        self._rows: dict[str, list[int]] = {}
        self._filled: set[str] = set()
        self._offsets: dict[int, int] = {}

    def open(self) -> "Supplied":
        """Read the file once, check every row and remember where each task stands. Raises DataError as file:line."""
        anybody = Problem("", "")
        for number, row in read_jsonl(self._path):
            where = f"{self._path}:{number}"
            task_id = require(row, "task_id", str, where)
            if self._parse(row, where, anybody):
                self._filled.add(task_id)
            if task_id in self._rows and ("solutions" in row or "unit_tests" in row):
                raise DataError(f"{where}: task_id {task_id!r} occurs twice; join the two rows or remove one")
            self._rows.setdefault(task_id, []).append(number)
        self._offsets = _line_offsets(self._path, sorted(n for numbers in self._rows.values() for n in numbers))
        return self

    def of(self, problem: Problem) -> list[str]:
        """Return a problem's texts, none when it has no row."""
        return [text for number in self._rows.get(problem.task_id, []) for text in self._read(number, problem)]

    def check(self, task_ids: Iterable[str]) -> None:
        """Raise DataError for a row of no known problem, a problem without a text where one is needed, or no text at all."""
        known = dict.fromkeys(task_ids)
        for task_id, numbers in self._rows.items():
            if task_id not in known:
                raise DataError(f"{self._path}:{numbers[0]}: task_id {task_id!r} is not among the problems; remove the row")
        if not self._filled:
            raise DataError(f"{self._path}: holds no text for any problem; add some or leave the file out")
        for task_id in known if self._needed else ():
            if task_id not in self._filled:
                raise DataError(f"{self._path}: no candidate for {task_id!r}; add a row for it or leave it out with problems.only")

    def _read(self, number: int, problem: Problem) -> list[str]:
        with self._path.open("rb") as lines:
            lines.seek(self._offsets[number])
            row = read_row(lines.readline(), f"{self._path}:{number}", number)
        return self._parse(row, f"{self._path}:{number}", problem)


def open_programs(path: Path) -> Supplied:
    """Open a candidates file."""
    return Supplied(path, _programs, needed=True).open()


def open_tests(path: Path) -> Supplied:
    """Open a tests file; a problem without a row has no tests."""
    return Supplied(path, _tests, needed=False).open()


def _line_offsets(path: Path, wanted: list[int]) -> dict[int, int]:
    if path.suffix == ".gz":
        raise DataError(f"{path}: is compressed; unpack it first (rows are read in any order)")
    offsets, numbers, offset = {}, set(wanted), 0
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if number in numbers:
                offsets[number] = offset
            offset += len(line)
    return offsets


def _programs(row: Row, where: str, problem: Problem) -> list[str]:
    if "solution" in row:
        return [require(row, "solution", str, where)]
    if "completion" in row:
        return [problem.prompt + require(row, "completion", str, where)]
    solutions: list[object] = require(row, "solutions", list, where)
    return [_solution(item, f"{where}: solutions[{place}]") for place, item in enumerate(solutions)]


def _solution(item: object, where: str) -> str:
    return require(item, "solution", str, where) if isinstance(item, dict) else typed(item, "solution", str, where)


def _tests(row: Row, where: str, _: Problem) -> list[str]:
    texts: list[object] = require(row, "unit_tests", list, where)
    return [typed(text, f"unit_tests[{place}]", str, where) for place, text in enumerate(texts)]
