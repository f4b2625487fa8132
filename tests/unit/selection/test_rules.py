"""Each rule against a brute force over sets, on matrices with duplicate rows, no tests, one candidate."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coderm.budget.features.votes import MARGIN_LIMIT, VOTE_FEATURES, vote_features
from coderm.config.schema import SelectionConfig
from coderm.errors import ConfigError
from coderm.selection.aces import Aces
from coderm.selection.b4 import B4
from coderm.selection.base import select
from coderm.selection.codet import CodeT
from coderm.selection.factory import make_rules
from coderm.selection.majority import Majority
from coderm.selection.max_pass import MaxPass
from coderm.selection.mbr import Mbr
from coderm.selection.robust import Robust
from coderm.selection.weighted import Weighted


@st.composite
def matrices(draw):
    tests = draw(st.integers(0, 12))
    pool = draw(st.lists(st.lists(st.booleans(), min_size=tests, max_size=tests), min_size=1, max_size=6))
    rows = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=12))
    return np.array(rows, np.bool_).reshape(len(rows), tests)


def pass_sets(passed):
    return [frozenset(j for j, cell in enumerate(row) if cell) for row in passed.tolist()]


def best(scores):
    top = max(scores)
    return [i for i, score in enumerate(scores) if math.isclose(score, top, rel_tol=1e-11, abs_tol=1e-11)]


def brute_max_pass(passed):
    return best([len(passes) for passes in pass_sets(passed)])


def brute_majority(passed):
    sets = pass_sets(passed)
    top = [i for i in range(len(sets)) if len(sets[i]) == max(map(len, sets))]
    votes = {i: sum(sets[k] == sets[i] for k in top) for i in top}
    return [i for i in top if votes[i] == max(votes.values())]


def brute_mbr(passed):
    sets = pass_sets(passed)
    return best([sets.count(passes) for passes in sets])


def brute_codet(passed):
    sets = pass_sets(passed)
    return best([len(passes) ** 2 * sets.count(passes) for passes in sets])


def brute_weighted(passed):
    sets, (n, m) = pass_sets(passed), passed.shape
    rate = [sum(j in passes for passes in sets) / n for j in range(m)]
    return best([sum(rate[j] * (1 - rate[j]) for j in passes) for passes in sets])


def brute_aces(passed):
    sets, (n, m) = pass_sets(passed), passed.shape

    def weight(j):
        beats = [(len(a - {j}) > len(b)) + (len(a - {j}) == len(b)) / 2 for a in sets for b in sets if j in a and j not in b]
        rate = sum(j in passes for passes in sets) / n
        return max(0.0, sum(beats) / len(beats) - 0.5) * rate * (1 - rate) if beats else 0.0

    weights = [weight(j) for j in range(m)]
    return best([sum(weights[j] for j in passes) for passes in sets])


def brute_b4(passed, alpha, beta, alpha_tests=None):
    def ln_beta(a, b):
        return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)

    def score(mine):
        others = [passes for passes in sets if passes != mine]
        x, y = n - len(others), len(mine)
        on = [j in passes for passes in others for j in range(m) if j in mine]
        off = [j in passes for passes in others for j in range(m) if j not in mine]
        prior = ln_beta(x + alpha, n - x + 1) + ln_beta(y + (alpha_tests or alpha), m - y + 1)
        return prior + ln_beta(sum(on) + 1, len(on) - sum(on) + 1) + ln_beta(sum(off) + 1, len(off) - sum(off) + beta)

    sets, (n, m) = pass_sets(passed), passed.shape
    return best([score(passes) if passes or not any(sets) else -math.inf for passes in sets])


def brute_robust(passed):
    n, m = passed.shape
    return brute_b4(passed, 10 * n, 100 * max(n * m, 1), 10 * max(m, 1))


CASES = [
    (Robust(), brute_robust),
    (MaxPass(), brute_max_pass),
    (Majority(), brute_majority),
    (Mbr(), brute_mbr),
    (CodeT(), brute_codet),
    (Weighted(), brute_weighted),
    (Aces(), brute_aces),
    *[(B4(a, b), lambda passed, a=a, b=b: brute_b4(passed, a, b)) for a, b in ((1, 10), (10, 1e4), (1e3, 1e6), (0.5, 2.5))],
]


@pytest.mark.parametrize(("rule", "brute"), CASES, ids=lambda item: getattr(item, "name", ""))
@given(passed=matrices())
def test_a_rule_keeps_what_its_brute_force_keeps(rule, brute, passed):
    assert select(rule, passed).kept.tolist() == brute(passed)


@pytest.mark.parametrize("rule", [rule for rule, _ in CASES], ids=lambda rule: rule.name)
@given(passed=matrices(), seed=st.integers(0, 2**32 - 1))
def test_scores_follow_candidates_and_ignore_the_order_of_tests(rule, passed, seed):
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(passed.shape[0]), rng.permutation(passed.shape[1])
    np.testing.assert_allclose(rule(passed[rows][:, columns]), rule(passed)[rows], rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("rule", [*make_rules(SelectionConfig()).values(), B4(1e3, 1e6)], ids=lambda rule: rule.name)
@given(passed=matrices())
@example(passed=np.zeros((3, 4), np.bool_))
@example(passed=np.array([[True, False], [False, False]]))
@example(passed=np.zeros((1, 1), np.bool_))
@example(passed=np.zeros((4, 0), np.bool_))
def test_every_score_is_a_finite_number(rule, passed):
    scores = rule(passed)
    assert scores.shape == (len(passed),)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("rule", [Robust(), B4(1, 10)], ids=lambda rule: rule.name)
def test_whoever_passes_nothing_is_last_and_leaves_the_margin_at_its_limit(rule):
    passed = np.array([[0, 0, 0]] * 9 + [[1, 0, 0], [1, 1, 0]], np.bool_)
    assert set(np.flatnonzero(rule(passed) == rule(passed).min())) == set(range(9))
    margin = vote_features(passed[[0, 1, 9]], rule)[VOTE_FEATURES.index("margin")]
    assert margin == pytest.approx(MARGIN_LIMIT / 3)


@pytest.mark.parametrize("rule", [rule for rule, _ in CASES], ids=lambda rule: rule.name)
@pytest.mark.parametrize("cell", [True, False])
@pytest.mark.parametrize("shape", [(5, 0), (1, 4), (1, 0), (5, 4)])
def test_candidates_that_nothing_tells_apart_are_all_kept(rule, cell, shape):
    assert select(rule, np.full(shape, cell)).kept.tolist() == list(range(shape[0]))


def test_majority_prefers_the_larger_class_only_among_equal_counts():
    passed = np.array([[1, 1, 1, 0], [1, 1, 0, 1], [1, 1, 0, 1], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]], np.bool_)
    assert select(MaxPass(), passed).kept.tolist() == [0, 1, 2]
    assert select(Majority(), passed).kept.tolist() == [1, 2]
    assert select(Mbr(), passed).kept.tolist() == [3, 4, 5]


def test_the_robust_rule_prefers_a_large_class_to_a_lonely_one_with_few_more_passes():
    passed = np.zeros((100, 100), np.bool_)
    passed[:60, :32] = True
    passed[60, 10:50] = True
    assert select(Majority(), passed).kept.tolist() == [60]
    assert select(Robust(), passed).kept.tolist() == list(range(60))


def test_codet_ties_survive_the_rounding_of_square_roots():
    passed = np.zeros((20, 3), np.bool_)
    passed[:18, 0] = True
    passed[18:] = True
    assert select(CodeT(), passed[:, :3]).kept.tolist() == list(range(20))


@pytest.mark.parametrize(("alpha", "beta"), [(0, 1), (1, 0), (-1, 1), (math.inf, 1), (math.nan, 1)])
def test_b4_refuses_parameters_that_are_no_prior(alpha, beta):
    with pytest.raises(ConfigError, match="b4_alpha"):
        B4(alpha, beta)
