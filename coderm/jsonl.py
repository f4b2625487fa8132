"""JSON Lines files, plain or gzipped: a streaming reader whose errors name file and line, and an atomic writer.

Rows are objects. Nothing is ever half-written: a file appears complete under its name or not at all.
"""

import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any, TypeVar, cast

import msgspec

from coderm.atomic import whole
from coderm.errors import DataError

T = TypeVar("T")

Row = dict[str, Any]

_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder()


def read_jsonl(path: Path) -> Iterator[tuple[int, Row]]:
    """Yield (line number from 1, object) for every line that is not blank; `.gz` files are unpacked on the way.

    Raises DataError as `file:line: what is wrong; remedy` for a missing or broken file.
    """
    number = 0
    try:
        with _open_bytes(path) as lines:
            for number, raw in enumerate(lines, 1):
                if raw.strip():
                    yield number, read_row(raw, f"{path}:{number}", number)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; check problems.path or the name given") from None
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}:{number + 1}: cannot be read ({error}); check that the file is whole") from None


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write one object per line, as a whole. Raises StorageError when the disk refuses."""
    with jsonl_writer(path) as write:
        for row in rows:
            write(row)


@contextmanager
def jsonl_writer(path: Path) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Yield a function that writes one object; the file appears in the end. Raises StorageError when the disk refuses."""
    encoder = msgspec.json.Encoder()
    with whole(path) as temporary, temporary.open("wb") as raw:
        with cast(IO[bytes], gzip.GzipFile("", "wb", 6, raw, mtime=0)) if path.suffix == ".gz" else nullcontext(raw) as out:
            yield lambda row: cast(None, out.write(_encode(encoder, row) + b"\n"))


def require(row: Row, name: str, kind: type[T], where: str) -> T:
    """Return a field that must be there and of this type; raises DataError that starts with `where`."""
    if name not in row:
        raise DataError(f"{where}: field {name!r} is missing; add it or choose the reader that fits this file")
    return typed(row[name], name, kind, where)


def optional(row: Row, name: str, kind: type[T], where: str, default: T) -> T:
    """Return a field that may be absent or null, else of this type."""
    value = row.get(name)
    return default if value is None else typed(value, name, kind, where)


def typed(value: object, name: str, kind: type[T], where: str) -> T:
    """Return the value if it is of this type (a bool is no int); raises DataError otherwise."""
    if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        return value
    raise DataError(f"{where}: field {name!r} must be {kind.__name__}, not {type(value).__name__}; correct the row")


def strings(row: Row, name: str, where: str) -> tuple[str, ...]:
    """Return a list-of-text field as a tuple, empty when absent or null."""
    values: list[object] = optional(row, name, list, where, [])
    return tuple(typed(value, f"{name}[{index}]", str, where) for index, value in enumerate(values))


def _open_bytes(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def read_row(raw: bytes, where: str, number: int) -> Row:
    """Return the object of one line, the `number`th of its file; raises DataError that starts with `where`."""
    try:
        text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        row = _parse(text)
    except UnicodeDecodeError as error:
        raise DataError(f"{where}: not UTF-8 at byte {error.start}; save the file as UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where}: not valid JSON ({error}); write one complete object per line") from None
    if not isinstance(row, dict):
        raise DataError(f"{where}: a JSON {type(row).__name__}, not an object; write one object per line")
    return cast(Row, row)


def _parse(text: str) -> object:
    """Decode fast; leave NaN, Infinity and lone surrogates, which published files contain, to the slower standard decoder."""
    try:
        return _decoder.decode(text)
    except msgspec.DecodeError:
        return json.loads(text)


def _encode(encoder: msgspec.json.Encoder, row: Mapping[str, Any]) -> bytes:
    try:
        return encoder.encode(row)
    except UnicodeEncodeError:  # a model wrote half a surrogate pair; the standard encoder escapes it
        return json.dumps(row).encode()
