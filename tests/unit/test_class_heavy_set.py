"""The class-heavy set is well-formed, and its recorded verdicts are those of plain Python."""

import ast

import pytest
from class_heavy import FOLDER, plain_verdicts, read_set, write

from coderm.config.schema import ProblemsConfig
from coderm.extract.unit_tests.given_test import read_given_test
from coderm.messages.problem import Problem
from coderm.problems.load import read_problems
from coderm.problems.supplied import open_programs, open_tests

SET = read_set()
NAMES = [problem.task_id for problem in SET]


def test_the_set_is_large_enough():
    assert len(SET) >= 30
    assert sum(len(problem.programs) * len(problem.tests) for problem in SET) >= 900


@pytest.mark.parametrize("problem", SET, ids=NAMES)
def test_a_problem_has_programs_right_and_wrong_and_tests(problem):
    kinds = [program.kind for program in problem.programs]
    assert len(kinds) >= 5
    assert kinds.count("right") >= 2
    assert kinds.count("wrong") >= 2
    assert len(problem.tests) >= 6
    assert problem.question
    texts = [part.text for part in (*problem.programs, *problem.tests)]
    assert len(set(texts)) == len(texts)
    for text in texts:
        ast.parse(text)
    assert all(problem.entry_point in program.text for program in problem.programs)


@pytest.mark.parametrize("problem", SET, ids=NAMES)
def test_the_headings_agree_with_the_verdicts(problem):
    assert len(problem.verdicts) == len(problem.programs), f"record the verdicts anew: {FOLDER}/README.md"
    for program, row in zip(problem.programs, problem.verdicts, strict=True):
        assert len(row) == len(problem.tests)
        assert ("0" in row) == (program.kind == "wrong"), program.title


@pytest.mark.parametrize("problem", SET, ids=NAMES)
def test_the_tests_are_served_as_they_are(problem):
    known = Problem(problem.task_id, problem.question, problem.entry_point)
    for test in problem.tests:
        given = read_given_test(test.text, known)
        assert given.holds
        assert not given.needs, test.title


@pytest.mark.slow
def test_the_recorded_verdicts_are_those_of_plain_python():
    assert plain_verdicts(SET) == {problem.task_id: list(problem.verdicts) for problem in SET}


def test_score_reads_the_files_that_are_written(tmp_path):
    write(tmp_path)
    problems = list(read_problems(ProblemsConfig(source="jsonl", path=str(tmp_path / "problems.jsonl"))))
    programs, tests = open_programs(tmp_path / "candidates.jsonl"), open_tests(tmp_path / "tests.jsonl")
    assert [(problem.task_id, problem.entry_point) for problem in problems] == [(each.task_id, each.entry_point) for each in SET]
    for problem, each in zip(problems, SET, strict=True):
        assert programs.of(problem) == [part.text for part in each.programs]
        assert tests.of(problem) == [part.text for part in each.tests]
