"""pass@k and best-of-N of one problem."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from coderm.arrays import FloatArray
from coderm.errors import DataError
from coderm.selection.base import Selection


def pass_at_k(samples: npt.ArrayLike, correct: npt.ArrayLike, k: npt.ArrayLike) -> FloatArray:
    """Return 1 - C(n - c, k) / C(n, k), the unbiased chance that k of n samples hold one of c correct; arguments broadcast.

    Computed as a product of k factors in [0, 1], so nothing overflows. Raises DataError unless 0 <= c <= n and 0 <= k <= n.
    """
    n, c, draws = np.broadcast_arrays(*(np.asarray(values, dtype=np.int64) for values in (samples, correct, k)))
    if ((c < 0) | (c > n) | (draws < 0) | (draws > n)).any():
        raise DataError("pass@k needs 0 <= correct <= samples and 0 <= k <= samples: lower k or sample more")
    misses = np.ones(n.shape)
    for i in range(int(draws.max(initial=0))):
        factor = np.maximum(n - c - i, 0) / np.maximum(n - i, 1)
        misses = np.where(i < draws, misses * factor, misses)
    return 1.0 - misses


def best_of_n(selections: Sequence[Selection], correct: Sequence[npt.ArrayLike]) -> FloatArray:
    """(P,) best-of-N score per problem, the fraction of kept candidates that are correct; the benchmark's is their mean."""
    return np.array([chosen.fraction_correct(labels) for chosen, labels in zip(selections, correct, strict=True)], np.float64)
