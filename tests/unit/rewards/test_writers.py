"""Rewards of tests against their formulas, on small matrices and on any."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderm.client.contract import RewardTerm
from coderm.errors import DataError, InputError
from coderm.messages.execution import Outcome
from coderm.rewards.writers.base import WrittenTests
from coderm.rewards.writers.factory import WRITER_TERMS, least, reward_tests
from coderm.selection.leave_one_out import leave_one_out_auc
from rewards.groups import LETTERS


def matrix(*rows):
    return np.array([[LETTERS[letter] for letter in row] for row in rows], np.int8)


def written(*rows, reference=None, labels=None, mutants=None):
    return WrittenTests(
        matrix(*rows),
        None if reference is None else matrix(reference)[0],
        None if labels is None else np.array(labels, np.bool_),
        None if mutants is None else matrix(*mutants),
    )


def test_valid_is_what_the_reference_passes():
    assert reward_tests("valid", written("---", reference="+-?")) == [1, 0, None]


def test_valid_without_a_reference_is_what_the_largest_class_passes():
    assert reward_tests("valid", written("++-", "++-", "--+", "---", "---", "---")) == [1, 1, 0]
    assert reward_tests("valid", written("+-", "-+")) == [0.5, 0.5]
    assert reward_tests("valid", written("--", "?+")) == [0, 0]
    assert reward_tests("valid", written("?-", "?+")) == [None, None]


def test_discrimination_with_labels_is_alpha_minus_beta():
    rows = "++-", "+--", "-++", "-+-"
    assert reward_tests("discrimination", written(*rows, labels=[1, 1, 0, 0])) == [1, -0.5, -0.5]
    assert reward_tests("discrimination", written(*rows, labels=[1, 1, 1, 1])) == [None] * 3


def test_discrimination_without_labels_asks_the_other_tests():
    assert reward_tests("discrimination", written("++-", "++-", "--+", "---")) == pytest.approx([0.5, 0.5, -2 / 3])
    assert reward_tests("discrimination", written("+-", "+-")) == [0, 0]
    assert reward_tests("discrimination", written("++", "?+", "!-")) == [None, None]


def brute_auc(passed, j):
    score = passed.sum(axis=1) - passed[:, j]
    pairs = [(score[a], score[b]) for a in np.flatnonzero(passed[:, j]) for b in np.flatnonzero(~passed[:, j])]
    return sum((a > b) + (a == b) / 2 for a, b in pairs) / len(pairs) if pairs else 0.5


@given(rows=st.integers(0, 5).flatmap(lambda m: st.lists(st.lists(st.booleans(), min_size=m, max_size=m), min_size=1, max_size=8)))
def test_leave_one_out_auc_is_its_brute_force(rows):
    passed = np.array(rows, np.bool_).reshape(len(rows), -1)
    assert leave_one_out_auc(passed).tolist() == pytest.approx([brute_auc(passed, j) for j in range(passed.shape[1])])


def test_only_new_kills_of_valid_tests_count():
    tests = written("++++", reference="+-++", mutants=["----", "+-t+", "+-+e", "+-+u"])
    assert reward_tests("newly_killed", tests) == [0.25, 0, 0.25, 0.25]


def test_a_lost_mutant_matters_only_while_it_is_alive():
    assert reward_tests("newly_killed", written("+++", mutants=["-?+", "+?-"])) == [0.5, None, 0.5]
    assert reward_tests("newly_killed", written("++", mutants=["-?", "++"])) == [0.5, 0]
    assert reward_tests("newly_killed", written("++")) == [None, None]


def test_the_penalty_grows_with_every_useless_test():
    assert reward_tests("redundancy", written("++++", mutants=["-+--", "++++"])) == [0, -0.25, -0.5, -0.75]
    assert reward_tests("redundancy", written("++-+", "--+-")) == [0, -0.25, 0, -0.5]


@st.composite
def any_tests(draw):
    tests = draw(st.integers(0, 4))
    rows = st.lists(st.lists(st.sampled_from(list(Outcome)), min_size=tests, max_size=tests), max_size=6)
    outcomes, mutants = (np.array(found, np.int8).reshape(len(found), tests) for found in (draw(rows), draw(rows)))
    reference = np.array(draw(st.lists(st.sampled_from(list(Outcome)), min_size=tests, max_size=tests)), np.int8)
    labels = np.array(draw(st.lists(st.booleans(), min_size=len(outcomes), max_size=len(outcomes))), np.bool_)
    has_reference, has_labels, has_mutants = (draw(st.booleans()) for _ in range(3))
    return WrittenTests(
        outcomes, reference if has_reference else None, labels if has_labels else None, mutants if has_mutants else None
    )


@pytest.mark.parametrize("name", WRITER_TERMS)
@given(tests=any_tests())
def test_every_value_of_a_test_is_a_finite_float_in_its_range(name, tests):
    low, high = {"valid": (0, 1), "discrimination": (-1, 1), "newly_killed": (0, 1), "redundancy": (-1, 0)}[name]
    values = reward_tests(name, tests)
    assert len(values) == tests.tests
    assert all(value is None or (type(value) is float and math.isfinite(value) and low <= value <= high) for value in values)


def test_terms_add_up_by_weight_and_a_null_makes_the_sum_null():
    terms = (RewardTerm(name="valid", weight=2.0), RewardTerm(name="redundancy", weight=0.5))
    assert reward_tests(terms, written("++", "--", reference="+?")) == [2, None]


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ("mutation", "valid, discrimination"),
        ((), "no term"),
        ((RewardTerm(name="valid"),) * 2, "twice"),
        ((RewardTerm(name="valid", options={"a": 1}),), "no options"),
        ((RewardTerm(name="valid", weight=1e9),), "too large"),
    ],
)
def test_a_reward_of_tests_that_nobody_knows_is_refused(terms, words):
    with pytest.raises(InputError, match=words):
        reward_tests(terms, written("+"))


def test_arrays_of_other_shapes_are_refused():
    with pytest.raises(DataError, match="labels has 3"):
        written("+", labels=[1, 0, 1])


def test_silence_is_worth_the_least_that_the_terms_can_add_up_to():
    terms = [RewardTerm(name="valid"), RewardTerm(name="discrimination", weight=2.0), RewardTerm(name="redundancy", weight=-1.0)]
    assert least(terms) == 0.0 - 2.0 + 0.0
    assert least([RewardTerm(name="valid")]) == 0.0
