"""The user's own candidates and tests: files read by task id, one row in memory at a time.

The forms of rows are in `supplied_fields`. Of JSON Lines only offsets are kept, so that files larger than memory work; a
JSON list is held as a whole. Ids are compared as text, and a bare number finds the task whose id ends in it: 2 finds `Mbpp/2`.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from coderm.errors import DataError
from coderm.messages.problem import Problem
from coderm.problems.supplied_fields import LISTS, programs, row_id, tests
from coderm.storage.indexed_lines import IndexedLines
from coderm.storage.jsonl import Row, is_json_list, read_jsonl

Parse = Callable[[Row, str, Problem], list[str]]


class Supplied:
    """Texts by task id. `parse` reads the texts of one row; rows of one task are joined in file order."""

    def __init__(self, path: Path, parse: Parse, *, needed: bool) -> None:
        self._path = path
        self._parse = parse
        self._needed = needed
        self._rows: dict[str, list[int]] = {}
        self._filled: set[str] = set()
        self._lines = IndexedLines(path)
        self._held: dict[int, Row] = {}

    def open(self) -> "Supplied":
        """Read the file once, check every row and remember where each task stands. Raises DataError as file:line."""
        anybody, held = Problem("", ""), is_json_list(self._path)
        for number, row in read_jsonl(self._path) if held else self._lines.scan():
            where = f"{self._path}:{number}"
            task_id = row_id(row, where)
            if self._parse(row, where, anybody):
                self._filled.add(task_id)
            if task_id in self._rows and any(name in row for name in LISTS):
                raise DataError(f"{where}: task_id {task_id!r} occurs twice; join the two rows or remove one")
            self._rows.setdefault(task_id, []).append(number)
            if held:
                self._held[number] = row
        return self

    def of(self, problem: Problem) -> list[str]:
        """Return a problem's texts, none when it has no row."""
        numbers = [number for name in _names(problem.task_id) for number in self._rows.get(name, [])]
        return [text for number in sorted(numbers) for text in self._read(number, problem)]

    def task_ids(self) -> frozenset[str]:
        """Return the ids of rows, as the file has them."""
        return frozenset(self._rows)

    def check(self, selected: Iterable[str], others: Iterable[str] = ()) -> None:
        """Raise DataError for a row of no known problem, a problem without a text where one is needed, or no text at all.

        selected: ids of the problems in work. others: ids whose rows are left out; they are gone through only when there are any.
        """
        known = dict.fromkeys(selected)
        named = {name: task_id for task_id in known for name in _names(task_id)}
        self._check_unknown(self._rows.keys() - named.keys(), others, next(iter(known), ""))
        filled = {named[name] for name in self._filled if name in named}
        if not filled:
            raise DataError(f"{self._path}: holds no text for any problem; add some or leave the file out")
        for task_id in known if self._needed else ():
            if task_id not in filled:
                raise DataError(f"{self._path}: no candidate for {task_id!r}; add a row for it or leave it out with problems.only")

    def _check_unknown(self, strange: set[str], others: Iterable[str], known: str) -> None:
        for task_id in others if strange else ():
            strange.difference_update(_names(task_id))
        if strange:
            first = min(strange, key=lambda task_id: self._rows[task_id][0])
            where = f"{self._path}:{self._rows[first][0]}"
            raise DataError(f"{where}: task_id {first!r} is not among the problems, named like {known!r}; rename or remove the row")

    def _read(self, number: int, problem: Problem) -> list[str]:
        row = self._held[number] if number in self._held else self._lines.row(number)
        return self._parse(row, f"{self._path}:{number}", problem)


def _names(task_id: str) -> tuple[str, ...]:
    """Return what a row may call a task: its id, and the number that it ends in."""
    number = task_id.rpartition("/")[2]
    return (task_id, number) if number.isdecimal() and number != task_id else (task_id,)


def open_programs(path: Path, *, needed: bool = True) -> Supplied:
    """Open a candidates file. needed: whether every problem must have one."""
    return Supplied(path, programs, needed=needed).open()


def open_tests(path: Path) -> Supplied:
    """Open a tests file; a problem without a row has no tests."""
    return Supplied(path, tests, needed=False).open()
