"""Recognises the format of a problems file by the fields of its first row."""

from pathlib import Path
from typing import Literal

from coderm.errors import DataError
from coderm.storage.jsonl import Row, read_jsonl

FileSource = Literal["jsonl", "humaneval", "mbpp", "livecodebench", "coderm"]


def detect_source(path: Path) -> FileSource:
    """Return the reader's name. Raises DataError for an empty file; a row nothing recognises is left to the generic reader."""
    for _, row in read_jsonl(path):
        return _source(row)
    raise DataError(f"{path}: is empty; give a file with one problem a line")


def _source(row: Row) -> FileSource:
    fields = row.keys()
    if "messages" in fields or {"code_ground_truth", "unit_tests"} <= fields:
        return "coderm"
    if "question_content" in fields:
        return "livecodebench"
    if {"entry_point", "test", "prompt"} <= fields or (
        "base_input" in fields and str(row.get("task_id", "")).startswith("HumanEval")
    ):
        return "humaneval"
    if "test_list" in fields or "base_input" in fields:
        return "mbpp"
    return "jsonl"
