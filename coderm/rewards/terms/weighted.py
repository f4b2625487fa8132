"""Score of a program under a selection rule, over the votes of its group."""

import math
from typing import ClassVar

import numpy as np
from pydantic import Field, field_validator

from coderm.arrays import BoolArray, FloatArray
from coderm.config.schema import SelectionConfig
from coderm.rewards.base import PlainTerm, Values, spread
from coderm.rewards.group import Group, votes_of
from coderm.selection.aces import aces_weights
from coderm.selection.behaviours import classes_of
from coderm.selection.factory import RULES, make_rule

POSTERIORS = ("b4", "robust")
"""Rules whose score is a log posterior of a class."""


class Weighted(PlainTerm):
    """r = score of the rule over the highest it can give, in [0, 1]; 0 for a program that passes nothing.

    Let N programs vote on M tests, Y be what a program passes, X its class (who passes the same), w_j the weight of test j.
    coderm: (|Y| + |X| / (N + 1)) / (M + N / (N + 1)). max_pass: |Y| / M. codet: |Y| sqrt(|X|) / (M sqrt(N)). mbr: |X| / N.
    weighted, aces: sum of w_j over Y / sum of w_j over all, and |Y| / M where that sum is 0. b4, robust: with s_X the score of a
    class, exp(s_X) / sum of exp over the classes that pass something. Source: the rules of `coderm.selection`.
    """

    name: ClassVar[str] = "weighted"
    needs_all_tests: ClassVar[bool] = True

    rule: str = "coderm"
    """Selection rule."""
    b4_alpha: float = Field(1.0, gt=0)
    """Prior of `b4`, as `selection.b4_alpha`."""
    b4_beta: float = Field(10.0, gt=0)
    """Prior of `b4`, as `selection.b4_beta`."""

    @field_validator("rule")
    @classmethod
    def _known(cls, rule: str) -> str:
        if rule not in RULES:
            raise ValueError(f"unknown rule {rule!r}, choose one of {', '.join(RULES)}")
        return rule

    def bounds(self, size: int) -> tuple[float, float]:
        return 0.0, 1.0

    def __call__(self, group: Group) -> Values:
        votes = votes_of(group)
        return spread(group, votes, self._scores(votes.passed) if votes.passed.size else np.zeros(len(votes.rows)))

    def _scores(self, passed: BoolArray) -> FloatArray:
        config = SelectionConfig(b4_alpha=self.b4_alpha, b4_beta=self.b4_beta)
        scores = make_rule(config, self.rule)(passed)
        some = passed.any(axis=1)
        if self.rule in POSTERIORS:
            return _posterior(passed, scores)
        highest = highest_score(self.rule, passed)
        share = scores / highest if highest > 0 else passed.mean(axis=1)
        return np.asarray(np.where(some, share, 0.0), np.float64)


def highest_score(rule: str, passed: BoolArray) -> float:
    """Return the highest score that a program can have under a rule, given the weights that these votes make."""
    programs, tests = map(float, passed.shape)
    match rule:
        case "coderm":
            return tests + programs / (programs + 1)
        case "codet":
            return tests * math.sqrt(programs)
        case "mbr":
            return programs
        case "weighted":
            return _total_weight(passed)
        case "aces":
            return float(aces_weights(passed).sum())
        case _:
            return tests


def _total_weight(passed: BoolArray) -> float:
    rate = passed.mean(axis=0)
    return float((rate * (1 - rate)).sum())


def _posterior(passed: BoolArray, scores: FloatArray) -> FloatArray:
    """(N,) Posterior of each program's class, among the classes that pass something."""
    groups = classes_of(passed)
    some = passed[groups.first].any(axis=1)
    if not some.any():
        return np.zeros(len(passed))
    logs = scores[groups.first]
    parts = np.where(some, np.exp(np.minimum(logs - logs[some].max(), 0.0)), 0.0)
    return np.asarray((parts / parts.sum())[groups.index], np.float64)
