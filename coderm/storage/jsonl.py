"""JSON Lines files, plain or gzipped: a streaming reader whose errors name file and line, and an atomic writer.

Rows are objects. A file that holds one JSON list of objects is read too, as a whole; its items are counted like lines. Nothing is
ever half-written: a file appears complete under its name or not at all.
"""

import codecs
import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any, TypeVar, cast

import msgspec

from coderm.errors import DataError
from coderm.storage.atomic import whole

T = TypeVar("T")

Row = dict[str, Any]

_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder()


def read_jsonl(path: Path) -> Iterator[tuple[int, Row]]:
    """Yield (line number from 1, object) for every line that is not blank, or (item number, object) of a JSON list.

    `.gz` files are unpacked on the way.

    Raises DataError as `file:line: what is wrong; remedy` for a missing or broken file.
    """
    number = 0
    try:
        with open_lines(path) as lines:
            begun = False
            for number, raw in enumerate(lines, 1):
                if not begun and _begins_list(raw):
                    yield from _items(raw + lines.read(), path)
                    return
                if raw.strip():
                    begun = True
                    yield number, read_row(raw, f"{path}:{number}", number)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; check problems.path or the name given") from None
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}:{number + 1}: cannot be read ({error}); check that the file is whole") from None


def is_json_list(path: Path) -> bool:
    """Whether a file holds one JSON list instead of lines; False for a file that cannot be read."""
    try:
        with open_lines(path) as lines:
            return _begins_list(next((raw for raw in lines if raw.strip()), b""))
    except (OSError, EOFError, zlib.error):
        return False


def _begins_list(raw: bytes) -> bool:
    return raw.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"[")


def _items(raw: bytes, path: Path) -> Iterator[tuple[int, Row]]:
    """Yield (number from 1, object) of a JSON list."""
    try:
        items = _parse(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}:1: begins a JSON list, not valid JSON ({error}); write one complete object per line") from None
    for number, item in enumerate(cast(list[object], items), 1):
        yield number, _object(item, f"{path}:{number}")


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


def identifier(row: Row, name: str, where: str) -> str:
    """Return an id as text; a whole number stands for its digits. Raises DataError that starts with `where`."""
    value = row.get(name)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else require(row, name, str, where)


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


def open_lines(path: Path) -> IO[bytes]:
    """Open a file of lines, unpacked if its name ends in `.gz`."""
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
    return _object(row, where)


def _object(value: object, where: str) -> Row:
    if not isinstance(value, dict):
        raise DataError(f"{where}: a JSON {type(value).__name__}, not an object; write one object per line")
    return cast(Row, value)


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
