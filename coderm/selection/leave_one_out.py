"""How well each test agrees with all the others: the leave-one-out AUC of ACES (arXiv 2604.03922)."""

import numpy as np

from coderm.arrays import BoolArray, FloatArray, IndexArray


def leave_one_out_auc(passed: BoolArray) -> FloatArray:
    """Return (M,) for an (N, M) matrix: how often a candidate that passes test j beats one that fails it, by the other tests.

    The score of a candidate is the number of other tests that it passes, and equal scores count half. In [0, 1]; 1/2 where a test
    parts nobody.
    """
    total = np.count_nonzero(passed, axis=1)
    return np.array([_auc(total - column, column, passed.shape[1]) for column in passed.T], np.float64)


def _auc(score: IndexArray, column: BoolArray, most: int) -> float:
    """AUC of integer scores in [0, most]: by counting, so that it is exact."""
    above, below = (np.bincount(score[side], minlength=most + 1) for side in (column, ~column))
    pairs = int(above.sum()) * int(below.sum())
    if not pairs:
        return 0.5
    lower = np.cumsum(below) - below
    return float((above * (2 * lower + below)).sum()) / (2 * pairs)
