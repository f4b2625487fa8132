"""Agreement with the group's votes."""

from typing import ClassVar

import numpy as np

from coderm.arrays import BoolArray, FloatArray
from coderm.rewards.base import PlainTerm, Values, spread
from coderm.rewards.group import Group, votes_of
from coderm.selection.behaviours import classes_of


class Consensus(PlainTerm):
    """r = share of tests on which a program does as the largest class of the group, in [0, 1].

    A class is who passes the same tests, and one that passes nothing is none; over several largest classes the mean is taken. 0 for
    a program that passes nothing. Source: the majority label of TTRL (arXiv 2504.16084), on pass sets instead of answers.
    """

    name: ClassVar[str] = "consensus"
    needs_all_tests: ClassVar[bool] = True

    def bounds(self, size: int) -> tuple[float, float]:
        return 0.0, 1.0

    def __call__(self, group: Group) -> Values:
        votes = votes_of(group)
        return spread(group, votes, _agreement(votes.passed) if votes.passed.size else np.zeros(len(votes.rows)))


def _agreement(passed: BoolArray) -> FloatArray:
    groups = classes_of(passed)
    rows = passed[groups.first]
    some = rows.any(axis=1)
    if not some.any():
        return np.zeros(len(passed))
    largest = rows[some & (groups.size == groups.size[some].max())]
    does = largest.mean(axis=0)
    agreed = (passed @ does + ~passed @ (1 - does)) / passed.shape[1]
    return np.asarray(np.where(passed.any(axis=1), agreed, 0.0), np.float64)
