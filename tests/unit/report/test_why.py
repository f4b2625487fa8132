"""`coderm report --why`: one problem, who was chosen, and why every pair that did not pass did not."""

import io
import json

import numpy as np
import pytest
from builders import REJECTED, a_config, a_result
from rich.console import Console

from coderm.errors import DataError
from coderm.report.why import print_why
from coderm.storage.journal import Journal

DETAILS = {
    "details": {(0, 1): "test_f: AssertionError: 3 != 4\n  program.py:2 in f"},
    "check_details": {(1, 1): "test: over \x1b[2J [red]"},
}


@pytest.fixture
def finished(tmp_path):
    def write(*results, **sections):
        with Journal(tmp_path / "journal.sqlite") as journal:
            for result in results:
                journal.finish(result)
        (tmp_path / "config.json").write_text(json.dumps({"identity": {}} | a_config(**sections).model_dump(mode="json")))
        return tmp_path

    return write


def told(directory, task_id="p/0"):
    out = io.StringIO()
    print_why(directory, task_id, Console(file=out, width=120))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_the_chosen_program_its_reasons_and_every_pair_that_did_not_pass(finished):
    assert told(finished(a_result(**DETAILS))) == [
        "p/0: 4 candidates (2 distinct), 3 tests (2 distinct), 2 hidden checks",
        "no program in: 1 (no_code)",
        "chosen by coderm: candidate 1, score 3.25, the best of 3; passes 3 tests",
        "candidates  score  checks   tests",
        "0, 2        2.5    passed   2 passed, 1 failed",
        "1 *         3.25   timeout  3 passed",
        "",
        "candidates 0, 2:",
        "  test 1: failed, 0.25 s CPU, isolated",
        "    test_f: AssertionError: 3 != 4",
        "      program.py:2 in f",
        "",
        "candidates 1:",
        "  check 1: timeout",
        r"    test: over \x1b[2J [red]",
    ]


def test_ties_examples_and_what_was_lost_are_told(finished):
    result = a_result(
        outcomes=np.array([[1, 2], [1, 0]], np.int8), examples=np.array([[1, 2], [1, 2]], np.int8), lost=("p/0|tests|x: node gone",)
    )
    lines = told(finished(result, selection={"rule": "mbr", "examples": True}))
    assert "lost: p/0|tests|x: node gone" in lines
    assert "chosen among candidates 0, 1, 2, which pass the most visible examples" in lines
    assert any(line.startswith("  test 1: lost") for line in lines)
    assert any(line.startswith("0, 2 *") and "1 of 2" in line for line in lines)
    (tied,) = [line for line in lines if line.startswith("as good")]
    assert tied == "as good: candidates 0, 1, 2; the first of them is chosen"


def test_a_problem_without_a_usable_candidate_has_nobody_to_choose(finished):
    lines = told(finished(a_result(**REJECTED)))
    assert "chosen by coderm: none, since no candidate holds a program" in lines


def test_a_name_that_is_not_there_is_told_with_the_nearest(finished):
    directory = finished(*(a_result(n, f"HumanEval/{n}") for n in range(12)))
    with pytest.raises(DataError, match=r"no problem 'humaneval/1' among the 12 finished ones; nearest: HumanEval/1, .*, "):
        told(directory, "humaneval/1")


def test_a_directory_that_is_none_of_a_run_is_told(tmp_path):
    with pytest.raises(DataError, match=r"config\.json: not readable \(FileNotFoundError\); give a run directory"):
        told(tmp_path)
