"""Reading and writing JSON Lines: what is wrong is named with its place, and no half-written file is left."""

import gzip
import json
import math
from pathlib import Path

import pytest

from coderm.errors import DataError, StorageError
from coderm.storage.jsonl import optional, read_jsonl, require, strings, write_jsonl


def test_rows_come_with_line_numbers_and_blank_lines_are_skipped(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n\n  \n{"a": "é"}', encoding="utf-8")
    assert list(read_jsonl(path)) == [(1, {"a": 1}), (4, {"a": "é"})]


def test_a_byte_order_mark_is_ignored(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}\r\n')
    assert list(read_jsonl(path)) == [(1, {"a": 1})]


def test_numbers_and_texts_beyond_strict_json_are_read(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": [NaN, Infinity, 1e400, 123456789012345678901234567890], "b": "\\ud83d"}\n', encoding="utf-8")
    [(_, row)] = read_jsonl(path)
    assert math.isnan(row["a"][0])
    assert row["a"][1:] == [math.inf, math.inf, 123456789012345678901234567890]
    assert row["b"] == "\ud83d"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (b'{"a": 1}\n{"a": \n', 2, "not valid JSON"),
        (b'{"a": 1}\n\n[1]\n', 3, "a JSON list, not an object"),
        (b'{"a": "\xff"}\n', 1, "not UTF-8 at byte 7"),
        (b"[" * 100_000, 1, "not valid JSON"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, text: bytes, line: int, words: str):
    path = tmp_path / "a.jsonl"
    path.write_bytes(text)
    with pytest.raises(DataError) as caught:
        list(read_jsonl(path))
    assert caught.value.message.startswith(f"{path}:{line}: ")
    assert words in caught.value.message


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(DataError, match=r"none\.jsonl: no such file"):
        list(read_jsonl(tmp_path / "none.jsonl"))


def test_a_folder_is_no_file(tmp_path: Path):
    with pytest.raises(DataError, match="cannot be read"):
        list(read_jsonl(tmp_path))


@pytest.mark.parametrize(
    "damage", [lambda raw: raw[:-12], lambda raw: b"no gzip", lambda raw: raw[:12] + b"\x00\xff\x07" + raw[15:]]
)
def test_a_damaged_gzip_file_is_named(tmp_path: Path, damage):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(damage(gzip.compress(b'{"a": 1}\n' * 50)))
    with pytest.raises(DataError, match=r"a\.jsonl\.gz:\d+: cannot be read"):
        list(read_jsonl(path))


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_what_is_written_is_read_back(tmp_path: Path, name: str):
    rows: list[dict[str, object]] = [{"a": 1}, {"b": ["é", None, 0.5]}, {"c": "line\nbreak"}, {"d": "\ud83d"}]
    write_jsonl(tmp_path / name, rows)
    assert [row for _, row in read_jsonl(tmp_path / name)] == rows
    assert [item.name for item in tmp_path.iterdir()] == [name]


def test_the_same_rows_give_the_same_gzip_bytes(tmp_path: Path):
    for name in ("a.gz", "b.gz"):
        write_jsonl(tmp_path / name, [{"a": 1}])
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


def test_an_error_while_writing_leaves_the_old_file_alone(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    path.write_text("old", encoding="utf-8")

    def rows():
        yield {"a": 1}
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_jsonl(path, rows())
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_a_storage_error(tmp_path: Path):
    with pytest.raises(StorageError, match="cannot be written"):
        write_jsonl(tmp_path / "no" / "a.jsonl", [])


def test_fields_are_checked_with_their_place():
    row = json.loads('{"a": 1, "b": null, "c": ["x", 2], "d": true}')
    assert require(row, "a", int, "f:1") == 1
    assert optional(row, "b", str, "f:1", "default") == optional(row, "z", str, "f:1", "default") == "default"
    assert strings(row, "z", "f:1") == ()
    with pytest.raises(DataError, match=r"^f:1: field 'z' is missing"):
        require(row, "z", str, "f:1")
    with pytest.raises(DataError, match=r"^f:1: field 'a' must be str, not int"):
        require(row, "a", str, "f:1")
    with pytest.raises(DataError, match=r"^f:1: field 'd' must be int, not bool"):
        require(row, "d", int, "f:1")
    with pytest.raises(DataError, match=r"^f:1: field 'c\[1\]' must be str"):
        strings(row, "c", "f:1")
