"""Problems that are there twice, among themselves or in a benchmark."""

import json

import pytest

from cluster.copies import find_copies
from coderm.errors import DataError
from coderm.messages.problem import Problem
from coderm.problems.starter import read_starter

STARTER = next(read_starter())
QUESTION = (
    "Given the heights of neighbouring towers, return how many towers a watcher at the left end can see over the shorter ones."
)
OTHER = "Count the days of a year on which the moon is full, where the first full moon falls on the given day of January."


def problems(*questions):
    return [Problem(f"p/{place}", question, "f") for place, question in enumerate(questions)]


def test_a_problem_that_repeats_an_earlier_one_is_named_with_it():
    copied = "Please solve this.\n" + QUESTION.upper().replace(" ", "  ")
    ((task_id, of),) = find_copies(problems(QUESTION, OTHER, copied), ()).duplicates
    assert task_id == "p/2"
    assert of.startswith("p/0: ")


def test_a_problem_of_a_benchmark_is_named_with_the_benchmarks(tmp_path):
    benchmark = tmp_path / "b.jsonl"
    benchmark.write_text(
        "".join(json.dumps({"task_id": f"b/{n}", "question": text}) + "\n" for n, text in enumerate((OTHER, QUESTION)))
    )
    found = find_copies(problems("Something else altogether.", QUESTION), (benchmark,))
    assert [(task_id, of.partition(":")[0]) for task_id, of in found.contaminated] == [("p/1", "b/1")]
    assert found.duplicates == ()


def test_an_empty_benchmark_is_refused(tmp_path):
    empty = tmp_path / "b.jsonl"
    empty.write_text("")
    with pytest.raises(DataError, match="empty"):
        find_copies([], (empty,))


def test_the_shipped_problems_are_their_own_benchmark():
    from pathlib import Path

    found = find_copies([STARTER], (Path("starter"),))
    assert [task_id for task_id, _ in found.contaminated] == [STARTER.task_id]
