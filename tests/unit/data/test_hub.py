"""Through the package `datasets`: sources come in by their columns, and what is written comes back unchanged."""

import json
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from coderm.config.data import DataSource
from coderm.data.output import DATASET, SFT, write_data
from coderm.data.reading import read_sources
from coderm.data.records import Kept, Record, Unread, WrittenTest
from coderm.data.store import Ended, Store
from coderm.errors import StorageError

from .world import a_test

datasets = pytest.importorskip("datasets")
FEEDBACK = {"query": "Add one.", "answer": "```python\ndef f(x):\n    return x + 1\n```", "lang": "python"}
ODD = (a_test("f(1, 2.5)", "{'a': 1, 'b': None}"), a_test("f('2024-01-01')", "'2024-01-02'"))
"""Values that tables like to change: a whole number beside a fraction, a null, dates."""


def read(path: Path, *rows) -> list[Record | Unread]:
    datasets.Dataset.from_list(list(rows)).save_to_disk(str(path))
    return list(read_sources([DataSource(source="hub", path=str(path))]))


def test_rows_of_the_hub_are_read_by_their_columns(tmp_path: Path):
    (record,) = read(tmp_path / "set", FEEDBACK)
    assert isinstance(record, Record)
    assert record.problem.source == "code_feedback"


def test_a_row_whose_text_became_a_date_is_a_reject(tmp_path: Path):
    (row,) = read(tmp_path / "set", {**FEEDBACK, "query": date(2024, 1, 1)})
    assert isinstance(row, Unread)
    assert row.rejected.why == "changed_values"


def test_tests_come_back_from_the_written_files_as_they_were(tmp_path: Path):
    tests = tuple(WrittenTest(code, f"k{place}") for place, code in enumerate(ODD))
    kept = Kept(0, "p", "2024-01-01", "Q", "def f(*x):\n    return x\n", tests, ())
    with Store(tmp_path / "build.sqlite") as store:
        store.end(Ended(0, kept.task_id, "p"), kept)
        write_data(tmp_path, store)
    (row,) = datasets.Dataset.from_parquet(str(tmp_path / DATASET), cache_dir=str(tmp_path / "cache"))
    assert [item["code"] for item in json.loads(row["unit_tests"])] == list(ODD)
    assert row == pq.read_table(tmp_path / DATASET).to_pylist()[0]
    chats = [json.loads(line) for line in (tmp_path / SFT).read_text().splitlines()]
    assert [chat["messages"][1]["content"] for chat in chats] == [f"```python\n{code.strip()}\n```" for code in ODD]


def test_a_store_that_cannot_be_opened_is_one_line(tmp_path: Path):
    with pytest.raises(StorageError, match=r"build\.sqlite: .*; check the directory of the build"):
        Store(tmp_path / "absent" / "build.sqlite").__enter__()
