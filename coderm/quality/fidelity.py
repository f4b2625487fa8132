"""Fidelity: whether generated tests rank programs as the true tests do (UTRL, arXiv 2508.21107)."""

import numpy as np
import numpy.typing as npt


def fidelity(generated: npt.ArrayLike, true: npt.ArrayLike) -> float:
    """Return Spearman's rank correlation of two scores of the same N programs, ties at their mean rank; in [-1, 1].

    NaN for fewer than two programs, and where either score is the same for all: then there is no order to be faithful to.
    """
    from scipy.stats import spearmanr

    ours, theirs = np.asarray(generated, np.float64), np.asarray(true, np.float64)
    if len(ours) < 2 or np.ptp(ours) == 0 or np.ptp(theirs) == 0:
        return float("nan")
    return float(spearmanr(ours, theirs).statistic)
