"""Recognises the format of a problems file by the fields of its first row."""

from pathlib import Path

from coderm.config.schema import FileSource
from coderm.errors import DataError
from coderm.storage.jsonl import Row, read_jsonl

_CONTESTS: tuple[tuple[frozenset[str], FileSource], ...] = (
    (frozenset({"question", "input_output", "problem_id"}), "apps"),
    (frozenset({"question", "input_output"}), "taco"),
    (frozenset({"description", "public_tests"}), "code_contests"),
    (frozenset({"description", "test_cases"}), "code_contests"),
    (frozenset({"description", "generator_cmd"}), "code_contests"),
    (frozenset({"description", "official_tests"}), "codeforces"),
    (frozenset({"prompt", "reward_model"}), "prime"),
    (frozenset({"problem", "tests"}), "deepcoder"),
    (frozenset({"prompt", "verification_info"}), "deepcoder"),
    (frozenset({"problem", "verification_info"}), "deepcoder"),
)
"""Fields that only rows of a contest data set have together; the first that are all there count."""


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
    return next((source for needed, source in _CONTESTS if needed <= fields and "task_id" not in fields), "jsonl")
