"""Rows of every source become records, and a row that is none becomes a reject."""

import datetime
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from coderm.config.data import DataSource
from coderm.data.reading import read_sources
from coderm.data.records import Record, Unread
from coderm.errors import DataError
from coderm.messages.scoring import Cases, UnitTests

CASES = json.dumps({"inputs": ["1 2\n"], "outputs": ["3\n"]})
CALLS = json.dumps({"fn_name": "f", "inputs": [[1]], "outputs": [2]})
TACO = {"question": "Add.", "input_output": CASES, "solutions": json.dumps(["print(sum(map(int, input().split())))"])}
FEEDBACK = {"query": "Add one.", "answer": "Sure:\n```python\ndef f(x):\n    return x + 1\n```", "lang": "python"}
GENERIC = {
    "task_id": "a",
    "question": "Q",
    "entry_point": "f",
    "reference": "def f(x):\n    return x",
    "checks": ["assert f(1) == 1"],
}


def read(path: Path, source: str, *lines) -> list[Record | Unread]:
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return list(read_sources([DataSource.model_validate({"source": source, "path": str(path)})]))


def reasons(rows) -> list[str]:
    return [str(row.rejected.why) if isinstance(row, Unread) else row.problem.task_id for row in rows]


def test_each_format_has_its_reader_and_its_own_cases(tmp_path: Path):
    (taco,) = read(tmp_path / "t.jsonl", "taco", TACO)
    (apps,) = read(tmp_path / "a.jsonl", "apps", {**TACO, "problem_id": 3, "input_output": CALLS})
    (answer,) = read(tmp_path / "c.jsonl", "code_feedback", FEEDBACK)
    (generic,) = read(tmp_path / "g.jsonl", "jsonl", GENERIC)
    kinds = [type(record.labels) for record in (taco, apps, answer, generic) if isinstance(record, Record)]
    assert kinds == [Cases, UnitTests, type(None), UnitTests]
    assert [record.position for record in (taco, apps)] == [0, 0]


def test_a_bad_row_ends_alone_and_says_where_it_stands(tmp_path: Path):
    path = tmp_path / "t.jsonl"
    rows = read(path, "taco", TACO, "{broken", [1], {"question": "Q", "input_output": "{}"}, {**TACO, "question": ""}, TACO)
    assert reasons(rows) == ["TACO/1", "unreadable_row", "unreadable_row", "faulty_record", "faulty_record", "TACO/6"]
    assert [row.where for row in rows if isinstance(row, Unread)] == [f"{path}:{number}" for number in (2, 3, 4, 5)]
    assert [row.rejected.detail.partition(":")[0] for row in rows[3:5] if isinstance(row, Unread)] == ["no_tests", "no_question"]


def test_rows_in_another_language_are_left_out_and_counted(tmp_path: Path):
    assert reasons(read(tmp_path / "c.jsonl", "code_feedback", {**FEEDBACK, "lang": "java"}, FEEDBACK)) == [
        "faulty_record",
        "CodeFeedback/2",
    ]


def test_parquet_keeps_values_and_gives_batches(tmp_path: Path):
    path = tmp_path / "t.parquet"
    given = json.dumps({"fn_name": "f", "inputs": [[1, 2.5]], "outputs": ["2024-01-01"]})
    pq.write_table(pa.Table.from_pylist([{**TACO, "input_output": given, "starter_code": None}] * 130), path)
    rows = list(read_sources([DataSource(source="taco", path=str(path))]))
    assert len(rows) == 130
    (first, *_) = rows
    assert isinstance(first, Record)
    assert isinstance(first.labels, UnitTests)
    assert "[1, 2.5]" in first.labels.tests[0]
    assert "'2024-01-01'" in first.labels.tests[0]


def test_a_date_where_a_text_was_is_refused(tmp_path: Path):
    path = tmp_path / "g.parquet"
    pq.write_table(pa.Table.from_pylist([{**GENERIC, "cases": [{"input": datetime.date(2024, 1, 1)}]}]), path)
    assert reasons(read_sources([DataSource(path=str(path))])) == ["changed_values"]


def test_a_second_file_of_one_format_has_ids_of_its_own(tmp_path: Path):
    paths = [tmp_path / name for name in ("train.jsonl", "test.jsonl")]
    for path in paths:
        path.write_text(json.dumps(TACO) + "\n")
    rows = list(read_sources([DataSource(source="taco", path=str(path)) for path in paths]))
    assert reasons(rows) == ["TACO/1", "taco:test.jsonl/TACO/1"]
    assert [row.position for row in rows] == [0, 1]


@pytest.mark.parametrize("name", ["none.jsonl", "none.parquet", "broken.parquet"])
def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path, name: str):
    path = tmp_path / name
    if name.startswith("broken"):
        path.write_bytes(b"PAR1 and no more")
    with pytest.raises(DataError) as caught:
        list(read_sources([DataSource(source="taco", path=str(path))]))
    assert str(caught.value).startswith(str(path))
    assert "check" in str(caught.value)
