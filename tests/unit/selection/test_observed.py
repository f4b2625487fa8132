"""Visible examples count the same everywhere: a lost verdict is nobody's failure, a rejected text passes nothing."""

import numpy as np

from coderm.messages.execution import Outcome
from coderm.selection.observed import best_on_examples, example_passes

P, F, L = Outcome.PASSED, Outcome.FAILED, Outcome.LOST


def test_an_example_with_a_lost_verdict_is_left_out_for_everybody():
    outcomes, program_of = np.array([[P, L, F], [P, P, P]], np.int8), np.array([1, -1, 0, 1])
    assert example_passes(outcomes, program_of).tolist() == [[True, True], [False, False], [True, False], [True, True]]
    assert example_passes(outcomes[:, 1:2], program_of).shape == (4, 0)


def test_without_programs_or_examples_nothing_is_passed():
    assert example_passes(np.zeros((0, 2), np.int8), np.array([-1, -1])).tolist() == [[False, False]] * 2
    assert example_passes(np.zeros((0, 0), np.int8), np.array([0, 1])).shape == (2, 0)


def test_the_best_pass_the_most_examples_and_a_cheat_is_not_among_them():
    passed, honest = np.array([[1, 1], [1, 0], [1, 1]], np.bool_), np.zeros(3, np.bool_)
    assert best_on_examples(passed, honest).tolist() == [0, 2]
    assert best_on_examples(passed, np.array([True, False, True])).tolist() == [1]
    assert best_on_examples(passed[:, :0], np.array([True, False, True])).tolist() == [0, 1, 2]
