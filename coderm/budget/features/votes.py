"""Features of a problem after some of its tests have run: what the votes show, without labels."""

import numpy as np

from coderm.arrays import BoolArray, FloatArray
from coderm.selection.base import Rule
from coderm.selection.behaviours import classes_of

VOTE_FEATURES = (
    "useless_tests",
    "passed_by_all",
    "mean_pass_rate",
    "highest_pass_rate",
    "spread_of_pass_rates",
    "silent_candidates",
    "behaviours",
    "behaviour_entropy",
    "leader_share",
    "leader_passes",
    "margin",
    "consistency",
)
"""Names of what `vote_features` returns, in order."""
MARGIN_LIMIT = 50.0
"""Lead of the first over the second behaviour counted at most, in units of the rule's score."""


def vote_features(passed: BoolArray, rule: Rule) -> FloatArray:
    """(12,) features of (N, M) passes. Without candidates or tests all are 0.

    Shares of tests that nobody and that everybody passes; mean, highest and spread of tests' pass rates; share of candidates
    that pass nothing; behaviours per candidate and their entropy in nats; of the behaviour the rule prefers: its share of
    candidates, the share of tests it passes, and its lead per test in the rule's score; mean correlation between tests that
    tell candidates apart.
    """
    if not passed.size:
        return np.zeros(len(VOTE_FEATURES))
    candidates, tests = passed.shape
    rates, groups = passed.mean(axis=0), classes_of(passed)
    share = groups.size / candidates
    scores = rule(passed)[groups.first]
    leader = int(np.argmax(scores))
    return np.array(
        [
            (rates == 0).mean(),
            (rates == 1).mean(),
            rates.mean(),
            rates.max(),
            rates.std(),
            (~passed.any(axis=1)).mean(),
            len(share) / candidates,
            -(share * np.log(share)).sum(),
            share[leader],
            passed[groups.first[leader]].mean(),
            _margin(scores) / tests,
            _consistency(passed[:, (rates > 0) & (rates < 1)].astype(np.float64)),
        ]
    )


def _margin(scores: FloatArray) -> float:
    """Lead of the best over the second, at most MARGIN_LIMIT; the limit where there is no second."""
    if len(scores) < 2:
        return MARGIN_LIMIT
    ordered = np.sort(scores)
    return min(float(ordered[-1]) - float(ordered[-2]), MARGIN_LIMIT)


def _consistency(columns: FloatArray) -> float:
    """Mean correlation over pairs of columns; 0 with fewer than two."""
    count = int(columns.shape[1])
    if count < 2:
        return 0.0
    standard = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    total = float((standard.sum(axis=1) ** 2).mean())  # sum over all pairs, each column with itself included
    return float((total - count) / (count * (count - 1)))
