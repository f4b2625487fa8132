"""How good predicted pass rates are. Every candidate is one outcome: a problem with rate y and n candidates counts n times."""

from dataclasses import dataclass

import numpy as np

from coderm.arrays import FloatArray
from coderm.probe.model.calibration import LOWEST

BINS = 10
"""Equal-width bins of the expected calibration error."""


@dataclass(frozen=True, slots=True)
class Scores:
    """log_loss: nats per candidate. brier: mean squared error per candidate. ece: expected calibration error.

    spearman: rank correlation of predicted and true rates over problems, ties averaged, unweighted; NaN for a constant.
    """

    log_loss: float
    brier: float
    ece: float
    spearman: float


def score(predicted: FloatArray, rates: FloatArray, weights: FloatArray) -> Scores:
    """Score (P,) predictions against true rates; weights: candidates behind each rate."""
    brier = (predicted - rates) ** 2 + rates * (1 - rates)  # the second term is the spread of outcomes around their rate
    return Scores(
        float(np.average(losses(predicted, rates), weights=weights)),
        float(np.average(brier, weights=weights)),
        _calibration_error(predicted, rates, weights),
        spearman(predicted, rates),
    )


def losses(predicted: FloatArray, rates: FloatArray) -> FloatArray:
    """(..., P) cross-entropy of each problem, nats; predictions are kept away from 0 and 1."""
    kept = np.clip(predicted, LOWEST, 1 - LOWEST)
    return np.asarray(-(rates * np.log(kept) + (1 - rates) * np.log(1 - kept)))


def spearman(one: FloatArray, other: FloatArray) -> float:
    """Spearman's rank correlation with averaged ranks; NaN when either side is constant."""
    ranks = np.array([_ranks(one), _ranks(other)])
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    size = np.sqrt((centred**2).sum(axis=1).prod())
    return float((centred[0] * centred[1]).sum() / size) if size > 0 else float("nan")


def _ranks(values: FloatArray) -> FloatArray:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[place])


def _calibration_error(predicted: FloatArray, rates: FloatArray, weights: FloatArray) -> float:
    """Mean over bins, by weight, of the distance between mean prediction and mean rate."""
    bins = np.minimum((predicted * BINS).astype(np.int64), BINS - 1)
    gap = np.bincount(bins, weights * (predicted - rates), BINS)
    return float(np.abs(gap).sum() / weights.sum())
