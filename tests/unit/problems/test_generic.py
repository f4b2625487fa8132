"""The generic format and how tests given as assert lines become modules."""

import tracemalloc
from pathlib import Path

import pytest

from coderm.errors import DataError
from coderm.problems.generic import problem_from_row
from coderm.problems.reading import problems_from_file
from coderm.problems.unittest_text import as_module
from coderm.storage.jsonl import write_jsonl

from .run import passes

ADD = "def add(a, b):\n    return a + b\n"
MODULE = "import unittest\n\n\nclass Sums(unittest.TestCase):\n    def test_sum(self):\n        self.assertEqual(add(1, 2), 3)\n"


def read_one(path: Path, **row):
    write_jsonl(path, [row])
    [problem] = problems_from_file(path, problem_from_row)
    return problem


def test_a_full_row(tmp_path: Path):
    problem = read_one(
        tmp_path / "a.jsonl",
        task_id="mine/add",
        question="Add.",
        prompt="def add(a, b):\n",
        entry_point="add",
        reference=ADD,
        checks=["assert add(1, 2) == 3", MODULE],
        examples=["assert add(0, 0) == 0"],
        judge_cpu_s=2,
    )
    assert (problem.task_id, problem.question, problem.entry_point, problem.judge_cpu_s) == ("mine/add", "Add.", "add", 2.0)
    assert problem.checks[1] == MODULE
    assert all(passes(ADD, module) for module in (*problem.checks, *problem.examples))
    assert not any(passes("def add(a, b):\n    return a - b - 9\n", module) for module in problem.checks)


def test_a_question_is_enough_and_the_prompt_stands_in_for_it(tmp_path: Path):
    assert read_one(tmp_path / "a.jsonl", task_id="a", question="Q").checks == ()
    assert read_one(tmp_path / "a.jsonl", task_id="a", prompt="P").question == "P"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"question": "Q"}, "'task_id' is missing"),
        ({"task_id": "a"}, "neither 'question' nor 'prompt'"),
        ({"task_id": 3.5, "question": "Q"}, "'task_id' must be str"),
        ({"task_id": "a", "question": "Q", "checks": "assert 1"}, "'checks' must be list"),
        ({"task_id": "a", "question": "Q", "checks": ["assert ("]}, "not valid Python"),
        ({"task_id": "a", "question": "Q", "checks": [""]}, "checks nothing"),
        ({"task_id": "a", "question": "Q", "checks": ["def test_it():\n    assert False"]}, "checks nothing"),
        ({"task_id": "a", "question": "Q", "judge_cpu_s": 0}, "'judge_cpu_s' must be a positive number"),
        ({"task_id": "a", "question": "Q", "judge_cpu_s": True}, "'judge_cpu_s' must be a positive number"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row, words: str):
    path = tmp_path / "a.jsonl"
    write_jsonl(path, [{"task_id": "first", "question": "Q"}, row])
    with pytest.raises(DataError) as caught:
        list(problems_from_file(path, problem_from_row))
    assert caught.value.message.startswith(f"{path}:2: ")
    assert words in caught.value.message


@pytest.mark.parametrize("test", ["def check(candidate):\n    assert candidate(1, 2) == 3\n", "assert add(1, 2) == 3", MODULE])
def test_a_test_in_the_form_of_humaneval_is_a_check_too(tmp_path: Path, test: str):
    [module] = read_one(tmp_path / "a.jsonl", task_id="a", question="Q", entry_point="add", test=test).checks
    assert passes(ADD, module)
    assert not passes("def add(a, b):\n    return 0\n", module)


def test_a_test_that_cannot_be_called_is_told(tmp_path: Path):
    with pytest.raises(DataError, match="names no function to call it with"):
        read_one(tmp_path / "a.jsonl", task_id="a", question="Q", test="def check(candidate):\n    assert candidate(1) == 3\n")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("tests", "checks"),
        ("test_list", "checks"),
        ("check", "checks"),
        ("entryPoint", "entry_point"),
        ("entrypoint", "entry_point"),
    ],
)
def test_a_field_that_is_not_read_is_named_beside_the_one_it_stands_for(tmp_path: Path, name: str, meant: str):
    with pytest.raises(DataError, match=f"field '{name}' is not read and '{meant}' is absent; rename it"):
        read_one(tmp_path / "a.jsonl", task_id="a", question="Q", **{name: "x"})
    row = {"task_id": "a", "question": "Q", "checks": ["assert True"], "entry_point": "f", name: "x", "tags": ["easy"]}
    assert read_one(tmp_path / "a.jsonl", **row).entry_point == "f"


def test_a_whole_number_is_an_id(tmp_path: Path):
    assert read_one(tmp_path / "a.jsonl", task_id=7, question="Q").task_id == "7"


def test_a_task_id_that_occurs_twice_is_named_with_both_places(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"task_id": "a", "question": "Q"}\n\n{"task_id": "a", "question": "R"}\n', encoding="utf-8")
    with pytest.raises(DataError, match=rf"^{path}:3: task_id 'a' is already at {path}:1;"):
        list(problems_from_file(path, problem_from_row))


def test_a_text_over_several_lines_survives_the_indentation():
    module = as_module('text = """a\nb"""\nassert same(text) == "a\\nb"', "f:1")
    assert passes("def same(text):\n    return text\n", module)
    assert not passes("def same(text):\n    return text.strip('a')\n", module)


def test_a_helper_class_does_not_make_a_module():
    module = as_module("class P:\n    x = 3\nassert get(P()) == 3", "f:1")
    assert passes("def get(p):\n    return p.x\n", module)


@pytest.mark.slow
def test_a_long_file_is_streamed(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    write_jsonl(path, ({"task_id": f"t/{number}", "question": "Q" * 2000} for number in range(5_000)))
    tracemalloc.start()
    count = sum(1 for _ in problems_from_file(path, problem_from_row))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 5_000
    assert peak < 4_000_000  # the texts alone are 10 MB; the ids and places take about 1.5
