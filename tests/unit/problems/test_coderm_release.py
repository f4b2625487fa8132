"""Files released with CodeRM."""

import json
from pathlib import Path

import pytest

from coderm.errors import DataError
from coderm.problems.coderm_release import problem_from_row
from coderm.problems.reading import problems_from_file
from coderm.storage.jsonl import write_jsonl

from .run import passes

ASK = "Please write tests.\n\n### question\nAdd two numbers.\n\n# not a section\n\n### code solution\ndef add(a, b): ...\n\nThanks."
TEST = "import unittest\n\n\nclass TestAdd(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(add(1, 2), 3)\n"


def read(path: Path, *rows):
    write_jsonl(path, rows)
    return list(problems_from_file(path, problem_from_row))


def test_a_benchmark_row_keeps_its_prompt_word_for_word(tmp_path: Path):
    messages = [{"role": "system", "content": "Be good."}, {"role": "user", "content": ASK}]
    [problem] = read(tmp_path / "a.jsonl", {"task_id": "HumanEval/3", "messages": messages})
    assert problem.question == "Add two numbers.\n\n# not a section"
    assert [(message.role, message.content) for message in problem.messages] == [("system", "Be good."), ("user", ASK)]
    assert problem.checks == ()


def test_a_training_row_brings_its_tests_as_checks(tmp_path: Path):
    program = "def add(a, b):\n    return a + b\n"
    tests = json.dumps([{"ut_id": 0, "code": TEST, "FAR": 0.0, "FRR": 0.0}])
    row = {"task_id": 7, "question": "Add.", "code_ground_truth": program, "code_generate": "[]", "unit_tests": tests}
    [problem] = read(tmp_path / "a.jsonl", row)
    assert (problem.task_id, problem.checks) == ("CodeRM/7", (TEST,))
    assert passes(problem.reference, problem.checks[0])


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"task_id": "a"}, "'messages' is missing"),
        ({"task_id": "a", "messages": [{"role": "user", "content": "Write a function."}]}, "no user message with a '### question'"),
        ({"task_id": "a", "messages": [{"role": "robot", "content": "x"}]}, "role 'robot'"),
        ({"task_id": "a", "messages": ["x"]}, "must be dict"),
        ({"messages": [{"role": "user", "content": ASK}]}, "'task_id' is missing"),
        ({"task_id": 1, "question": "Q", "code_ground_truth": "", "unit_tests": "["}, "'unit_tests' is not valid JSON"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row, words: str):
    path = tmp_path / "a.jsonl"
    with pytest.raises(DataError) as caught:
        read(path, row)
    assert caught.value.message.startswith(f"{path}:1: ")
    assert words in caught.value.message
