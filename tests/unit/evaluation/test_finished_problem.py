"""A finished problem: duplicates fanned out, labels only where they are known, rejected candidates wrong."""

import numpy as np
from builders import a_problem, a_result, samples

from coderm.evaluation.finished_problem import FinishedProblem
from coderm.selection.majority import Majority

P, F, L, T, X = 1, 2, 0, 4, 10
"""Passed, failed, lost, timeout, left out."""


def finished(**changes):
    return FinishedProblem(a_result(**changes))


def checks(*rows):
    return np.array(rows, np.int8)


def test_duplicates_are_fanned_out_to_their_positions():
    problem = finished()
    assert problem.positions.tolist() == [0, 1, 2]
    assert problem.matrix.outcomes.tolist() == [[P, F, P], [P, P, P], [P, F, P]]
    assert problem.matrix.cpu_s.tolist() == [[0.5, 0.25, 0.5], [1.0, 2.0, 1.0], [0.5, 0.25, 0.5]]
    assert problem.matrix.grading.tolist() == [[0, 1, 0], [0, 0, 0], [0, 1, 0]]
    assert problem.matrix.programs[0] == problem.matrix.programs[2] != problem.matrix.programs[1]


def test_a_candidate_is_correct_iff_it_passes_every_check_and_a_rejected_one_is_wrong():
    problem = finished()
    assert problem.labelled
    assert problem.correct.tolist() == [True, False, True, False]
    assert problem.verdicts() == ["passed", "timeout", "passed", "no_code"]


def test_a_rule_is_applied_once_however_many_readers_ask():
    problem = finished()
    assert problem.select(Majority()) is problem.select(Majority())
    assert problem.select(Majority(), examples=True) is not problem.select(Majority())


def test_visible_examples_are_fanned_out_and_a_rejected_candidate_passes_none():
    assert finished().examples is None
    found = finished(examples=np.array([[P, F], [T, P]], np.int8)).examples
    assert found.tolist() == [[True, False], [False, True], [True, False], [False, False]]


def test_who_passes_the_most_visible_examples_leads_and_a_cheat_never_does():
    assert finished().best_on_examples.tolist() == [0, 1, 2]
    assert finished(examples=checks([P, F], [P, P])).best_on_examples.tolist() == [1]
    assert finished(examples=checks([P, F], [F, F])).best_on_examples.tolist() == [0, 2]
    assert finished(examples=checks([P, L], [P, P])).best_on_examples.tolist() == [0, 1, 2]
    assert finished(examples=checks([P, F], [P, P]), tampered=(1,)).best_on_examples.tolist() == [0, 2]
    assert finished(examples=checks([P, P], [P, F])).select(Majority(), examples=True).kept.tolist() == [0, 2]
    assert finished(examples=checks([P, P], [P, F])).select(Majority()).kept.tolist() == [1]


def test_without_checks_nothing_is_labelled():
    assert not finished(problem=a_problem(checks=()), checks=np.zeros((2, 0), np.int8)).labelled


def test_a_lost_check_leaves_a_problem_unlabelled_unless_another_check_failed():
    assert not finished(checks=checks([P, P], [P, L])).labelled
    settled = finished(checks=checks([P, P], [F, L]))
    assert settled.labelled
    assert settled.correct.tolist() == [True, False, True, False]


def test_lost_candidates_are_no_wrong_candidates():
    nothing = np.zeros(0, np.int32)
    lost = {"outcomes": np.zeros((0, 0), np.int8), "cpu_s": np.zeros((0, 0), np.float32), "grading": np.zeros((0, 0), np.int8)}
    problem = finished(
        candidates=(),
        program_of=nothing,
        programs=(),
        tests=(),
        unit_test_of=nothing,
        unit_tests=(),
        checks=lost["outcomes"],
        **lost,
    )
    assert not problem.labelled
    assert problem.matrix.outcomes.shape == (0, 0)
    assert problem.select(Majority()).chosen is None


def test_a_problem_whose_candidates_were_all_rejected_is_labelled_wrong():
    problem = finished(
        candidates=samples("bad", "bad"),
        program_of=np.array([-1, -1], np.int32),
        programs=(),
        outcomes=np.zeros((0, 2), np.int8),
        cpu_s=np.zeros((0, 2), np.float32),
        grading=np.zeros((0, 2), np.int8),
        checks=np.zeros((0, 2), np.int8),
    )
    assert problem.labelled
    assert problem.correct.tolist() == [False, False]
    assert problem.score(problem.select(Majority())) == 0.0


def test_the_score_is_the_share_of_kept_candidates_that_are_correct():
    problem = finished()
    selection = problem.select(Majority())
    assert selection.kept.tolist() == [1]  # passes all three tests and is wrong
    assert problem.score(selection) == 0.0
    tied = finished(outcomes=np.array([[P, P], [P, P]], np.int8))
    assert tied.score(tied.select(Majority())) == 2 / 3


def test_lost_verdicts_count_neither_for_nor_against():
    problem = finished(outcomes=np.array([[P, P], [P, L]], np.int8))
    assert problem.select(Majority()).kept.tolist() == [0, 1, 2]


def test_the_whole_row_of_who_passed_a_canary_is_tampered():
    problem = finished(tampered=(1,))
    assert problem.matrix.outcomes.tolist() == [[P, F, P], [9, 9, 9], [P, F, P]]
    assert problem.select(Majority()).kept.tolist() == [0, 2]
    assert problem.correct.tolist() == [True, False, True, False]  # labels come from the hidden checks alone


def test_a_check_that_timed_out_settles_a_label_and_one_that_was_left_out_never_does():
    settled = finished(checks=checks([P, P], [T, X]))
    assert settled.labelled
    assert settled.correct.tolist() == [True, False, True, False]
    assert settled.verdicts()[1] == "timeout"
    assert finished(checks=checks([P, P], [X, F])).verdicts()[1] == "failed"
    assert not finished(checks=checks([P, P], [P, X])).labelled
