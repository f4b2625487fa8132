"""Rows of other tools that no reader serves are refused by what is in them, with a remedy that helps."""

import json

import pytest

from coderm.errors import DataError
from coderm.messages.problem import Problem
from coderm.problems.generic import problem_from_row
from coderm.problems.supplied import open_programs

CASES = {"input": ["1"], "output": ["2"]}
TEST = "def check(candidate):\n    assert candidate(1) == 2\n"
ROWS = {
    "APPS": ({"problem_id": 0, "question": "Q", "solutions": "[]", "input_output": json.dumps(CASES)}, "standard input"),
    "renamed": ({"task_id": 0, "question": "Q", "input_output": json.dumps(CASES)}, "standard input"),
    "CodeContests": ({"name": "1_A", "description": "Q", "public_tests": CASES, "private_tests": CASES}, "standard input"),
    "BigCodeBench": ({"task_id": "B/0", "complete_prompt": "def f(): ...", "test": TEST, "entry_point": "f"}, "rename it 'prompt'"),
    "no entry point": ({"task_id": "B/0", "prompt": "def f(): ...", "test": TEST}, "'entry_point'"),
}


@pytest.mark.parametrize(("row", "said"), ROWS.values(), ids=ROWS)
def test_a_row_of_another_tool_is_refused_with_what_to_do(row, said):
    with pytest.raises(DataError, match=said):
        problem_from_row(row, "file:1")


def test_an_unknown_id_is_told_beside_one_that_is_known(tmp_path):
    path = tmp_path / "candidates.jsonl"
    path.write_text('{"task_id": "HumanEval_0", "solution": "x = 1"}\n')
    with pytest.raises(DataError, match="'HumanEval_0' is not among the problems, named like 'HumanEval/0'"):
        open_programs(path).check([Problem("HumanEval/0", "Q").task_id])
