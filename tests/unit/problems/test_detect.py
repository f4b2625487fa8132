"""The format of a problems file is recognised by its first row."""

import json

import pytest

from coderm.errors import DataError
from coderm.problems.detect import detect_source


@pytest.mark.parametrize(
    ("row", "source"),
    [
        ({"task_id": "HumanEval/0", "prompt": "", "entry_point": "f", "test": "", "canonical_solution": ""}, "humaneval"),
        ({"task_id": "HumanEval/0", "prompt": "", "entry_point": "f", "base_input": [], "plus_input": []}, "humaneval"),
        ({"task_id": "Mbpp/2", "prompt": "", "entry_point": "f", "base_input": []}, "mbpp"),
        ({"task_id": 11, "text": "", "code": "", "test_list": []}, "mbpp"),
        ({"question_content": "", "public_test_cases": ""}, "livecodebench"),
        ({"task_id": "HumanEval/0", "messages": []}, "coderm"),
        ({"task_id": 1, "question": "", "code_ground_truth": "", "unit_tests": "[]"}, "coderm"),
        ({"task_id": "a", "question": ""}, "jsonl"),
        ({}, "jsonl"),
    ],
)
def test_each_format_is_told_by_its_fields(tmp_path, row, source):
    path = tmp_path / "p.jsonl"
    path.write_text(json.dumps(row) + "\n")
    assert detect_source(path) == source


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_an_empty_file_is_refused(tmp_path, content):
    path = tmp_path / "p.jsonl"
    path.write_text(content)
    with pytest.raises(DataError, match=r"p\.jsonl: is empty; give a file with one problem a line"):
        detect_source(path)


def test_a_broken_first_row_is_told_with_its_line(tmp_path):
    path = tmp_path / "p.jsonl"
    path.write_text("\n{\n")
    with pytest.raises(DataError, match=r"p\.jsonl:2: not valid JSON"):
        detect_source(path)
