"""LiveCodeBench: functional problems are read, packed cases are unpacked without running anything."""

import base64
import json
import logging
import pickle
import zlib
from pathlib import Path

import pytest

from coderm.errors import DataError
from coderm.jsonl import write_jsonl
from coderm.problems.livecodebench import MAX_CHECKS, Skipped, read_livecodebench

from .run import passes

RIGHT = "class Solution:\n    def addAll(self, nums, extra):\n        return [n + extra for n in nums]\n"


def case(nums, extra, wanted, kind="functional"):
    return {"input": f"{json.dumps(nums)}\n{json.dumps(extra)}", "output": json.dumps(wanted), "testtype": kind}


def pack(value) -> str:
    return base64.b64encode(zlib.compress(pickle.dumps(value))).decode()


def row(**changes):
    return {
        "question_title": "Add",
        "question_content": "Add extra to every number.",
        "question_id": "9001",
        "starter_code": "class Solution:\n    def addAll(self, nums: List[int], extra: int) -> List[int]:\n        ",
        "difficulty": "easy",
        "public_test_cases": json.dumps([case([1], 1, [2])]),
        "private_test_cases": pack(json.dumps([case([n], 2, [n + 2]) for n in range(40)])),
        "metadata": json.dumps({"func_name": "addAll"}),
        **changes,
    }


def read(path: Path, *rows, skipped: Skipped | None = None):
    write_jsonl(path, rows)
    return list(read_livecodebench(path, skipped))


def test_a_functional_problem(tmp_path: Path):
    [problem] = read(tmp_path / "a.jsonl", row())
    assert (problem.task_id, problem.difficulty, problem.entry_point) == ("9001", "easy", "Solution")
    assert 1 < len(problem.checks) <= MAX_CHECKS
    assert len(problem.examples) == 1
    assert all(passes(RIGHT, module) for module in (*problem.checks, *problem.examples))
    wrong = RIGHT.replace("+ extra", "+ extra + (n == 39)")
    assert not all(passes(wrong, module) for module in problem.checks)
    compile(problem.prompt.rstrip() + " pass\n", "prompt", "exec")


def test_a_tuple_counts_as_a_list(tmp_path: Path):
    [problem] = read(tmp_path / "a.jsonl", row())
    assert all(passes(RIGHT.replace("[n + extra for n in nums]", "tuple(n + extra for n in nums)"), m) for m in problem.checks)


def test_hidden_cases_may_be_plain_json_or_absent(tmp_path: Path):
    [problem] = read(tmp_path / "a.jsonl", row(private_test_cases=json.dumps([case([5], 1, [6])])))
    assert len(problem.checks) == 2
    [problem] = read(tmp_path / "a.jsonl", row(private_test_cases=""))
    assert len(problem.checks) == 1


def test_problems_that_read_standard_input_are_skipped_and_counted(tmp_path: Path, caplog):
    count = Skipped()
    stdin = row(question_id="s", starter_code="", public_test_cases=json.dumps([case([1], 1, [2], "stdin")]))
    with caplog.at_level(logging.WARNING):
        problems = read(tmp_path / "a.jsonl", stdin, row(), skipped=count)
    assert [problem.task_id for problem in problems] == ["9001"]
    assert count == Skipped(stdin=1)
    assert "skipped 1 problems" in caplog.text


class Attack:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return (Path.touch, (self.target,))


def test_a_pickle_that_names_code_is_refused_and_not_run(tmp_path: Path):
    target = tmp_path / "touched"
    with pytest.raises(DataError, match="is not allowed"):
        read(tmp_path / "a.jsonl", row(private_test_cases=pack(Attack(target))))
    assert not target.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"private_test_cases": pack([1])}, "packs list, not text"),
        ({"private_test_cases": "%%%"}, "neither JSON nor packed JSON"),
        ({"private_test_cases": pack("[]")[:-8]}, "neither JSON nor packed JSON"),
        ({"private_test_cases": pack("{}")}, "must hold a list"),
        ({"private_test_cases": "[1]"}, "must hold a list"),
        ({"private_test_cases": "[" * 100_000}, "not valid JSON"),
        ({"public_test_cases": json.dumps([{"input": "1", "output": "x", "testtype": "functional"}])}, "output of a test case"),
        ({"metadata": "{}"}, "names no method"),
        ({"metadata": '{"func_name": "a.b"}'}, "names no method"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, changes, words: str):
    path = tmp_path / "a.jsonl"
    with pytest.raises(DataError) as caught:
        read(path, row(**changes))
    assert caught.value.message.startswith(f"{path}:1: ")
    assert words in caught.value.message
