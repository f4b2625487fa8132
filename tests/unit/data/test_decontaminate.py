"""Copies of benchmark problems are found however they are spelled, and other problems are not taken for copies."""

import ast
import re

import pytest

from coderm.config.data import DataSource, DecontaminateConfig
from coderm.data.reading import problems_of
from coderm.data.records import Record, Rejected
from coderm.data.stages.decontaminate import Decontaminate

from .copies import reformatted, renamed, reworded

PROBLEMS = list(problems_of(DataSource(source="starter")))
BENCHMARK = Decontaminate(DecontaminateConfig(), PROBLEMS)


def found(problem) -> bool:
    return isinstance(BENCHMARK(Record(0, "starter", problem)), Rejected)


@pytest.mark.parametrize("copied", [renamed, reworded, reformatted], ids=lambda item: item.__name__)
def test_every_planted_copy_is_found(copied):
    copies = [copied(problem) for problem in PROBLEMS]
    assert all(copy != problem for copy, problem in zip(copies, PROBLEMS, strict=True))
    assert [copy.task_id for copy in copies if not found(copy)] == []


def test_other_problems_are_no_copies():
    half = Decontaminate(DecontaminateConfig(), PROBLEMS[::2])
    taken = {problem.task_id: half(Record(0, "starter", problem)) for problem in PROBLEMS[1::2]}
    assert {name: item for name, item in taken.items() if isinstance(item, Rejected)} == {}


def test_a_removal_names_the_problem_and_what_was_found():
    (rejected,) = [BENCHMARK(Record(0, "starter", PROBLEMS[0]))]
    assert isinstance(rejected, Rejected)
    assert re.fullmatch(rf"{PROBLEMS[0].task_id}: 1\.00 of its n-grams", rejected.detail)


def test_without_a_benchmark_nothing_is_one():
    record = Record(0, "starter", PROBLEMS[0])
    assert Decontaminate(DecontaminateConfig(), [])(record) is record
    assert ast.parse(PROBLEMS[0].reference)
