"""Accuracy against the number of tests, drawn: what every allocation of the study is scored with."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coderm.arrays import FloatArray, IndexArray
from coderm.budget.features.votes import VOTE_FEATURES, vote_features
from coderm.evaluation.curves import subsample_scores
from coderm.selection.base import Rule, select
from coderm.study.cases import LabelledProblem

FIRST = 2
"""Tests of the first of two rounds: enough for two tests to agree or not, and still half of a budget of 4."""
DENSE, STEP = 16, 4
"""Every number of tests is scored up to 16, then every fourth; between, accuracy is taken to change evenly."""


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """accuracy: (P, D, C + 1) best-of-N with the first 0 .. C tests of each draw; constant past a problem's tests.

    tests: (P,) tests there are. votes: (P, D, F) vote features after FIRST tests.
    """

    accuracy: FloatArray
    tests: IndexArray
    votes: FloatArray


def draw(rule: Rule, problems: Sequence[LabelledProblem], draws: int, seed: int, most: int, *, examples: bool = False) -> Draws:
    """Order each problem's tests at random `draws` times and score the rule on the first 0 .. `most` of them.

    examples: choose as `selection.examples` does. Votes are those of all candidates, as a run hears them.
    """
    accuracy = np.empty((len(problems), draws, most + 1))
    votes = np.zeros((len(problems), draws, len(VOTE_FEATURES)))
    for row, problem in enumerate(problems):
        here = min(problem.passed.shape[1], most)
        passed, correct = problem.contenders(examples=examples)
        sizes = sorted({size for size in (*range(min(DENSE, here) + 1), *range(DENSE, here, STEP), here) if size <= here})
        for number in range(draws):
            rng = np.random.default_rng((seed, row, number))
            scores = subsample_scores(rule, passed, correct, sizes, rng, 1)[:, 0]
            accuracy[row, number] = np.interp(np.arange(most + 1), sizes, scores)
            order = np.random.default_rng((seed, row, number)).permutation(problem.passed.shape[1])
            votes[row, number] = vote_features(problem.passed[:, order[:FIRST]], rule)
    return Draws(accuracy, np.array([min(problem.passed.shape[1], most) for problem in problems], np.intp), votes)


def whole_scores(rule: Rule, problems: Sequence[LabelledProblem], *, examples: bool = False) -> FloatArray:
    """(P,) best-of-N score with all tests."""
    pairs = [problem.contenders(examples=examples) for problem in problems]
    return np.array([select(rule, passed).fraction_correct(correct) for passed, correct in pairs])
