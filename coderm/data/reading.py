"""Sources to records, row by row: a row that is no record becomes a reject, and the next one is read.

Parquet is read by pyarrow, since `datasets` changes values on their way. Of a hub data set dates and times are refused: they
were texts.
"""

import codecs
import datetime
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

from coderm.config.data import DataSource
from coderm.data.records import Record, Rejected, Unread, Why
from coderm.errors import DataError
from coderm.messages.problem import Problem
from coderm.messages.scoring import UnitTests
from coderm.problems.faults import RecordReject
from coderm.problems.hub import converter_of, load_split
from coderm.problems.load import FILE_READERS
from coderm.problems.reading import Converter, readable
from coderm.problems.starter import STARTER
from coderm.storage.jsonl import Row, is_json_list, open_lines, read_jsonl, read_row
from coderm.storage.surrogates import has_lone_surrogate

PARQUET_ROWS = 64
"""Rows in memory at once: a row of TACO may hold megabytes of cases."""


def read_sources(sources: Iterable[DataSource]) -> Iterator[Record | Unread]:
    """Yield the rows of all sources in order. Raises DataError where a file cannot be read at all."""
    position = 0
    readers: set[str] = set()
    for source in sources:
        prefix = f"{origin_of(source)}/" if source.source in readers else ""
        readers.add(source.source)
        convert, rows = _opened(source)
        for where, row in islice(rows, source.limit):
            found = _record(position, origin_of(source), where, row, convert)
            yield _prefixed(found, prefix) if prefix and isinstance(found, Record) else found
            position += 1


def _prefixed(record: Record, prefix: str) -> Record:
    """Ids are often places in a file, so a second file of one format has them again."""
    return replace(record, problem=replace(record.problem, task_id=prefix + record.problem.task_id))


def origin_of(source: DataSource) -> str:
    """Name a source: its reader and its file's name, without the folder."""
    return source.source if source.source == "starter" else f"{source.source}:{Path(source.path).name}"


def problems_of(source: DataSource) -> Iterator[Problem]:
    """Yield the readable problems of a source."""
    return (item.problem for item in read_sources([source]) if isinstance(item, Record))


def _opened(source: DataSource) -> tuple[Converter, Iterator[tuple[str, Row | DataError]]]:
    if source.source == "hub":
        table = load_split(source.path, source.split)
        name = f"{source.path}[{source.split}]"
        rows = ((f"{name}:{number}", dict(row)) for number, row in enumerate(table, 1))
        return _converter_of_columns(frozenset(table.column_names), name), rows
    path = STARTER if source.source == "starter" else Path(source.path)
    reader = {"starter": "generic", "code_feedback": "code_feedback"} | FILE_READERS
    convert = import_module(f"coderm.problems.{reader[source.source]}").problem_from_row
    return convert, _parquet_rows(path) if path.suffix == ".parquet" else _lines(path)


def _converter_of_columns(columns: frozenset[str], where: str) -> Converter:
    if {"query", "answer"} <= columns:
        from coderm.problems import code_feedback

        return code_feedback.problem_from_row
    return converter_of(columns, where)


def _lines(path: Path) -> Iterator[tuple[str, Row | DataError]]:
    """Yield the rows of a JSON Lines file; a broken line in its place as the error."""
    if is_json_list(path):
        yield from ((f"{path}:{number}", row) for number, row in read_jsonl(path))
        return
    number = 0
    try:
        with open_lines(path) as lines:
            for number, raw in enumerate(lines, 1):
                if raw.removeprefix(codecs.BOM_UTF8).strip():
                    yield f"{path}:{number}", _row(raw, f"{path}:{number}", number)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; check the path of the source") from None
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}:{number + 1}: cannot be read ({error}); check that the file is whole") from None


def _row(raw: bytes, where: str, number: int) -> Row | DataError:
    try:
        return read_row(raw, where, number)
    except DataError as error:
        return error


def _parquet_rows(path: Path) -> Iterator[tuple[str, Row | DataError]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(PARQUET_ROWS):
                for row in batch.to_pylist():
                    number += 1
                    yield f"{path}:{number}", {name: value for name, value in row.items() if value is not None}
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path}: cannot be read as parquet ({_first_line(error)}); check that the file is whole") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _record(position: int, origin: str, where: str, row: Row | DataError, convert: Converter) -> Record | Unread:
    def unread(why: Why, detail: str) -> Unread:
        return Unread(position, origin, where, Rejected(why, detail))

    if isinstance(row, DataError):
        return unread(Why.UNREADABLE_ROW, row.message.removeprefix(f"{where}: "))
    if any(map(_changed, row.values())):
        return unread(Why.CHANGED_VALUES, "read the source's own file, where dates are still texts")
    try:
        found = convert(row, where)
    except DataError as error:
        return unread(Why.UNREADABLE_ROW, error.message.removeprefix(f"{where}: "))
    if found is None:
        return unread(Why.FAULTY_RECORD, "of a kind that its reader leaves out")
    if isinstance(found, RecordReject):
        return unread(Why.FAULTY_RECORD, f"{found.fault}: {found.detail}")
    if has_lone_surrogate(found.task_id):
        return unread(Why.UNREADABLE_ROW, "its id holds a lone surrogate")
    problem = readable(found)
    own = problem.cases if problem.cases is not None else UnitTests(problem.checks) if problem.checks else None
    return Record(position, origin, problem, own)


def _changed(value: Any) -> bool:
    """Whether a value is a date or a time, at any depth."""
    match value:
        case datetime.date() | datetime.time() | datetime.timedelta():
            return True
        case dict():
            return any(map(_changed, value.values()))
        case list():
            return any(map(_changed, value))
    return False
