"""Best-of-N accuracy against the number of tests, by subsampling."""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from coderm.arrays import BoolArray, FloatArray
from coderm.errors import DataError
from coderm.evaluation.intervals import Estimate
from coderm.selection.base import Rule, select

REPETITIONS = 100
"""Draws per point of a test-count curve (paper: 100)."""


def subsample_scores(
    rule: Rule,
    passed: BoolArray,
    correct: npt.ArrayLike,
    sizes: Sequence[int],
    rng: np.random.Generator,
    repetitions: int = REPETITIONS,
) -> FloatArray:
    """(S, R) best-of-N score of one problem with m of its M tests, drawn without replacement, for each size m.

    One repetition orders the tests at random and takes the first m (all M where m > M), so sizes share their draws and
    differences along a curve are not noise between draws.
    """
    scores = np.empty((len(sizes), repetitions))
    for repetition in range(repetitions):
        order = rng.permutation(passed.shape[1])
        for row, size in enumerate(sizes):
            scores[row, repetition] = select(rule, passed[:, order[:size]]).fraction_correct(correct)
    return scores


def subsample_curve(
    rule: Rule,
    problems: Sequence[tuple[BoolArray, npt.ArrayLike]],
    sizes: Sequence[int],
    rng: np.random.Generator,
    repetitions: int = REPETITIONS,
    level: float = 0.95,
) -> list[Estimate]:
    """Benchmark score per number of tests, (passes, labels) given per problem: mean over repetitions and its interval.

    The interval (normal, standard error over repetitions) covers the draw of tests only, not the choice of problems.
    """
    if not problems:
        raise DataError("test-count curve: there is no problem to score")
    per_problem = [subsample_scores(rule, passed, correct, sizes, rng, repetitions) for passed, correct in problems]
    benchmark = np.mean(per_problem, axis=0)
    return [_normal_interval(row, level) for row in benchmark]


def _normal_interval(values: FloatArray, level: float) -> Estimate:
    mean = float(values.mean())
    half = NormalDist().inv_cdf((1 + level) / 2) * float(values.std(ddof=1)) / values.size**0.5 if values.size > 1 else np.nan
    return Estimate(mean, mean - half, mean + half)
