"""MBPP and MBPP+ in all three formats."""

from pathlib import Path

import pytest

from coderm.errors import DataError
from coderm.problems.mbpp import problem_from_row
from coderm.problems.mbpp_inputs import restore_inputs
from coderm.problems.reading import problems_from_file
from coderm.storage.jsonl import write_jsonl

from .run import passes

CODE = "def helper(x):\r\n\treturn x + 1\r\ndef bump(x):\r\n\treturn helper(x)"
ORIGINAL = {
    "task_id": 901,
    "text": "Write a function to add one.",
    "code": CODE,
    "test_setup_code": "LIMIT = 5",
    "test_list": ["assert bump(1) == 2", "assert bump(LIMIT) == 6"],
    "challenge_test_list": ["assert bump(-1) == 0"],
}
PLUS = {
    "task_id": "Mbpp/901",
    "prompt": '"""\nWrite a function to add one. assert bump(1) == 2\n"""\n',
    "entry_point": "bump",
    "canonical_solution": "\ndef bump(x):\n    return x + 1\n",
    "base_input": [[1]],
    "plus_input": [[2], [3]],
    "atol": 0,
}


def read_one(path: Path, row):
    write_jsonl(path, [row])
    [problem] = problems_from_file(path, problem_from_row)
    return problem


def passes_all(problem, program: str) -> bool:
    return all(passes(program, module) for module in problem.checks)


def test_the_original_format(tmp_path: Path):
    problem = read_one(tmp_path / "a.jsonl", ORIGINAL)
    assert (problem.task_id, problem.entry_point, problem.source, len(problem.checks)) == ("Mbpp/901", "bump", "mbpp", 3)
    assert "assert bump(1) == 2" in problem.question
    assert passes_all(problem, problem.reference)
    assert passes(problem.reference, problem.examples[0])
    assert not passes_all(problem, "def bump(x):\n    return 2\n")


def test_the_sanitised_format_and_the_hub_s_script(tmp_path: Path):
    row = {
        "task_id": 901,
        "prompt": "Write a function to add one.",
        "code": CODE,
        "test_imports": ["import math"],
        "test_list": ["assert bump(math.floor(1.5)) == 2"],
        "test": 'text = """\n"""\nfor given, wanted in [(1, 2), (7, 8)]:\n    assert bump(given) == wanted, text\n',
    }
    problem = read_one(tmp_path / "a.jsonl", row)
    assert (problem.source, len(problem.checks)) == ("mbpp+", 2)
    assert passes_all(problem, problem.reference)
    assert not passes("def bump(x):\n    return 2\n", problem.checks[1])


def test_the_evalplus_format(tmp_path: Path):
    problem = read_one(tmp_path / "a.jsonl", PLUS)
    assert (problem.task_id, problem.question[:7], problem.prompt) == ("Mbpp/901", "Write a", "")
    assert passes_all(problem, problem.reference)
    assert not passes_all(problem, "def bump(x):\n    return 2\n")


def test_the_order_of_a_set_like_answer_does_not_matter(tmp_path: Path):
    code = "def Diff(x):\n    return [1, 2]\n"
    problem = read_one(tmp_path / "a.jsonl", {**PLUS, "entry_point": "Diff", "canonical_solution": code})
    assert passes_all(problem, "def Diff(x):\n    return (2, 1)\n")
    assert not passes_all(problem, "def Diff(x):\n    return [2]\n")


@pytest.mark.parametrize(
    ("number", "given", "wanted"),
    [
        (1, [[1], 2], [[1], 2]),
        (2, [[1], [2]], [(1,), (2,)]),
        (63, [[[1], [2]]], [[(1,), (2,)]]),
        (75, [[[1]], 3], [[(1,)], 3]),
        (106, [[1], [2]], [[1], (2,)]),
        (115, [[[1], []]], [[{1}, {}]]),
        (124, ["1.5", "2j"], [1.5, 2j]),
        (250, [[1], 8], [(1,), 8]),
        (252, ["(1+2j)"], [1 + 2j]),
        (259, [[[1], [2]]], [((1,), (2,))]),
        (278, [[1, [2]]], [(1, (2,))]),
        (307, [[1], 0, 5], [(1,), 0, 5]),
        (580, [[1, [2, [3]]]], [(1, (2, (3,)))]),
        (722, [{"a": [1, 2]}, 3], [{"a": (1, 2)}, 3]),
    ],
)
def test_types_that_json_lost_come_back(number: int, given, wanted):
    assert restore_inputs(number, [given]) == [wanted]


def test_restored_inputs_reach_the_program(tmp_path: Path):
    row = {
        **PLUS,
        "task_id": "Mbpp/252",
        "canonical_solution": "def bump(x):\n    return x.imag\n",
        "base_input": [["1+2j"]],
        "plus_input": [],
    }
    problem = read_one(tmp_path / "a.jsonl", row)
    assert passes_all(problem, problem.reference)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({**ORIGINAL, "task_id": "x"}, "'task_id' must be a number"),
        ({**ORIGINAL, "task_id": True}, "'task_id' must be a number"),
        ({**ORIGINAL, "test_list": [], "challenge_test_list": []}, "'test_list' is missing or empty"),
        ({**ORIGINAL, "code": "def ("}, "not valid Python"),
        ({**ORIGINAL, "text": None}, "'prompt' is missing"),
        ({**PLUS, "task_id": "Mbpp/2"}, "do not have the form"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row, words: str):
    path = tmp_path / "a.jsonl"
    write_jsonl(path, [row])
    with pytest.raises(DataError) as caught:
        list(problems_from_file(path, problem_from_row))
    assert caught.value.message.startswith(f"{path}:1: ")
    assert words in caught.value.message
