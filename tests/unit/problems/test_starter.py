"""The shipped problems: sound, strict, small."""

import ast
import time
from collections import Counter

import pytest

from coderm.problems.starter import STARTER, read_starter
from coderm.storage.jsonl import read_jsonl

from .mutants import MUTANTS
from .run import passes

PROBLEMS = list(read_starter())
BY_SLUG = {problem.task_id.removeprefix("starter/"): problem for problem in PROBLEMS}


def test_the_set_is_large_and_graded():
    grades = Counter(row["difficulty"] for _, row in read_jsonl(STARTER))
    assert len(PROBLEMS) >= 50
    assert set(grades) == {"easy", "medium", "hard"}
    assert min(grades.values()) >= 10
    assert all(problem.task_id.startswith("starter/") and problem.source == "starter" for problem in PROBLEMS)


def test_the_file_is_small():
    assert STARTER.stat().st_size < 200_000


@pytest.mark.parametrize("problem", PROBLEMS, ids=BY_SLUG)
def test_a_problem_is_complete(problem):
    assert len(set(problem.checks)) == len(problem.checks) >= 8
    assert problem.examples
    assert ">>>" in problem.question
    assert not set(problem.checks) & set(problem.examples)
    names = [node.name for node in ast.parse(problem.prompt).body if isinstance(node, ast.FunctionDef)]
    assert names == [problem.entry_point]
    assert problem.reference.startswith(problem.prompt)


@pytest.mark.parametrize("problem", PROBLEMS, ids=BY_SLUG)
def test_the_reference_passes_quickly(problem):
    for module in (*problem.checks, *problem.examples):
        started = time.process_time()
        assert passes(problem.reference, module), module
        assert time.process_time() - started < 0.5  # about a hundred times what any check takes; only an endless one fails


@pytest.mark.parametrize("slug", BY_SLUG)
def test_a_plausible_mistake_is_found(slug):
    problem = BY_SLUG[slug]
    assert not all(passes(MUTANTS[slug], module) for module in problem.checks)


@pytest.mark.parametrize("problem", PROBLEMS, ids=BY_SLUG)
def test_a_program_that_returns_nothing_fails(problem):
    empty = f"def {problem.entry_point}(*arguments):\n    return None\n"
    assert not all(passes(empty, module) for module in problem.checks)
