"""Features that cost no model say what was observed, and NaN where nothing was."""

import numpy as np
import pytest
from features import observed, program

from coderm.errors import DataError
from coderm.messages.problem import Problem
from coderm.messages.samples import Sample
from coderm.probe.features.cheap import CHEAP, cheap_features
from coderm.selection.observed import Observed


def named(seen):
    return dict(zip(CHEAP, cheap_features(seen).tolist(), strict=True))


def test_programs_that_differ_in_layout_only_are_one():
    found = named(observed(program(1), program(1) + "# note\n", program(2), program(1)))
    assert found["distinct"] == 0.5
    assert found["top_program"] == 0.75
    assert found["agreement"] == 0.5  # 3 of the 6 pairs


def test_behaviour_on_visible_examples_joins_programs_that_differ():
    passed = np.array([[1, 1], [1, 1], [1, 0], [0, 0]], bool)
    found = named(observed(program(1), program(2), program(3), program(4), examples=passed))
    assert (found["examples_passed"], found["examples_all_passed"]) == (0.625, 0.5)
    assert (found["examples_top_class"], found["examples_agreement"]) == (0.5, pytest.approx(1 / 6))


def test_a_rejected_candidate_counts_as_rejected_and_nowhere_else():
    passed = np.array([[1], [0], [1]], bool)
    found = named(observed(program(1), "", program(1), examples=passed))
    assert found["rejected"] == pytest.approx(1 / 3)
    assert (found["distinct"], found["agreement"], found["examples_passed"]) == (0.5, 1.0, 1.0)


def test_lengths_are_logarithms_of_characters():
    found = named(observed(program(1), program(1, length=5)))
    lengths = np.log1p([len(program(1)), len(program(1, length=5))])
    assert found["program_length"] == pytest.approx(lengths.mean())
    assert found["program_length_spread"] == pytest.approx(lengths.std())
    assert found["prompt_length"] == pytest.approx(np.log1p(len("question" + "def f(x):\n")))


def test_a_question_that_stands_in_the_prompt_is_counted_once():
    seen = Observed(Problem("p/0", "the text", "f", "def f():\n    '''the text'''\n"), ())
    assert named(seen)["prompt_length"] == pytest.approx(np.log1p(len(seen.problem.prompt)))


def test_log_probabilities_are_averaged_over_candidates_that_have_one():
    samples = tuple(Sample(program(n), program(n), mean_logprob=value) for n, value in enumerate((-1.0, None, -3.0)))
    found = named(Observed(Problem("p/0", "q"), samples))
    assert (found["mean_logprob"], found["mean_logprob_spread"]) == (-2.0, 1.0)


def test_candidates_cut_at_the_token_limit_are_counted_as_truncated():
    samples = (Sample("", rejected="truncated"), Sample("a", "a = 1", finish="length"), Sample("b", "b = 1"), Sample("c", "c = 1"))
    assert named(Observed(Problem("p/0", "q"), samples))["truncated"] == 0.5


def test_without_a_usable_candidate_only_what_is_known_is_told():
    found = named(observed("", "", examples=np.ones((2, 1), bool)))
    assert found["rejected"] == 1
    assert {name for name, value in found.items() if not np.isnan(value)} == {"prompt_length", "rejected", "truncated"}


def test_without_any_candidate_nothing_is_known_but_the_prompt():
    assert {name for name, value in named(observed()).items() if not np.isnan(value)} == {"prompt_length"}


def test_one_candidate_agrees_with_nobody():
    found = named(observed(program(1)))
    assert found["distinct"] == found["top_program"] == 1
    assert np.isnan(found["agreement"])
    assert np.isnan(found["program_length_spread"])


def test_examples_of_another_number_of_candidates_are_refused():
    with pytest.raises(DataError, match=r"p/0: examples are \(1, 2\) for 2 candidates"):
        observed(program(1), program(2), examples=np.ones((1, 2), bool))
