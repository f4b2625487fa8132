"""Pooled rates of a benchmark, a sum over problems divided by another, with bootstrap intervals over problems, plain and paired."""

import numpy as np
import numpy.typing as npt

from coderm.arrays import FloatArray
from coderm.errors import DataError
from coderm.evaluation.intervals import RESAMPLES, Estimate


def resampled(problems: int, rng: np.random.Generator, resamples: int = RESAMPLES) -> FloatArray:
    """Return (R, P): how often each problem is drawn in each resample. Figures that share it are paired."""
    even = np.full(problems, 1 / problems) if problems else np.zeros(0)
    return rng.multinomial(problems, even, resamples).astype(np.float64)


def ratio(parts: npt.ArrayLike, wholes: npt.ArrayLike, draws: FloatArray, level: float = 0.95) -> Estimate:
    """Return sum(parts) / sum(wholes) over P problems with its percentile interval; NaN where the sum of wholes is 0."""
    return _estimate(_sums(parts, wholes, draws), level)


def ratio_difference(
    ours: tuple[npt.ArrayLike, npt.ArrayLike], theirs: tuple[npt.ArrayLike, npt.ArrayLike], draws: FloatArray, level: float = 0.95
) -> Estimate:
    """Return ours - theirs, each (parts, wholes) over the same problems in the same order, resampled together."""
    return _estimate(_sums(*ours, draws) - _sums(*theirs, draws), level)


def _sums(parts: npt.ArrayLike, wholes: npt.ArrayLike, draws: FloatArray) -> FloatArray:
    """Return (1 + R,): the ratio itself, then that of each resample."""
    above, below = np.asarray(parts, np.float64), np.asarray(wholes, np.float64)
    if above.shape != below.shape or above.shape != draws.shape[1:]:
        raise DataError(
            f"pooled rate: {above.size} parts, {below.size} wholes, {draws.shape[1]} problems; give one of each a problem"
        )
    rows = np.concatenate([np.ones((1, above.size)), draws])
    whole = rows @ below
    found = np.full(len(rows), np.nan)
    np.divide(rows @ above, whole, out=found, where=whole != 0)
    return found


def _estimate(values: FloatArray, level: float) -> Estimate:
    known = values[1:][np.isfinite(values[1:])]
    if not np.isfinite(values[0]) or not known.size:
        return Estimate(float(values[0]), np.nan, np.nan)
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(values[0]), float(low), float(high))
