"""The order in which the picture of a pass matrix shows candidates and tests."""

from dataclasses import dataclass

import numpy as np

from coderm.arrays import FloatArray, IndexArray
from coderm.selection.behaviours import classes_of
from coderm.selection.pass_matrix import PassMatrix


@dataclass(frozen=True, slots=True, eq=False)
class Arrangement:
    """rows: (K,) order of the candidates. groups: (K,) behaviour of each row, in that order. columns: (M,) order of tests."""

    rows: IndexArray
    groups: IndexArray
    columns: IndexArray


def arrange(matrix: PassMatrix, scores: FloatArray) -> Arrangement:
    """Put candidates that pass the same tests side by side, the best scored behaviour first, and the tests that most pass first.

    scores: (K,) of the rule, NaN for a candidate without verdicts; such rows come last. Equal ones keep their order.
    """
    count, tests = matrix.outcomes.shape
    if not count:
        empty = np.zeros(0, np.intp)
        return Arrangement(empty, empty, np.arange(tests))
    classes = classes_of(matrix.passed)
    value = np.where(np.isfinite(scores), scores, -np.inf)
    best = np.full(len(classes.size), -np.inf)
    np.maximum.at(best, classes.index, value)
    first = np.full(len(classes.size), count)
    np.minimum.at(first, classes.index, np.arange(count))
    ranked = np.lexsort((first, -classes.size, -best))  # the last key counts first
    rank = np.empty(len(ranked), np.intp)
    rank[ranked] = np.arange(len(ranked))
    rows = np.lexsort((np.arange(count), -value, rank[classes.index]))
    columns = np.argsort(-matrix.passed.sum(axis=0), kind="stable")
    return Arrangement(rows, rank[classes.index][rows], columns)
