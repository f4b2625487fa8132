"""Bootstrap intervals over problems, plain and paired."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coderm.errors import DataError

RESAMPLES = 2000
"""Bootstrap resamples; the 95 % bounds then move by about a twentieth of the interval's width between seeds."""
AT_ONCE = 50_000
"""Scores drawn together: few enough for a processor's cache."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and its confidence interval."""

    mean: float
    low: float
    high: float


def bootstrap_mean(values: npt.ArrayLike, rng: np.random.Generator, level: float = 0.95, resamples: int = RESAMPLES) -> Estimate:
    """Mean over problems with a percentile bootstrap interval; problems are the units resampled. NaN without any value."""
    scores = np.asarray(values, dtype=np.float64)
    if not scores.size:
        return Estimate(np.nan, np.nan, np.nan)
    sizes = [len(part) for part in np.array_split(np.arange(resamples), max(1, resamples * scores.size // AT_ONCE))]
    means = np.concatenate([scores[rng.integers(0, scores.size, (size, scores.size))].mean(axis=1) for size in sizes])
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(scores.mean()), float(low), float(high))


def paired_difference(
    ours: npt.ArrayLike, theirs: npt.ArrayLike, rng: np.random.Generator, level: float = 0.95, resamples: int = RESAMPLES
) -> Estimate:
    """Mean of ours - theirs over the same problems, bootstrapped in pairs; raises DataError for different lengths."""
    a, b = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    if a.shape != b.shape:
        raise DataError(f"paired difference: {a.size} scores against {b.size}; compare the same problems")
    return bootstrap_mean(a - b, rng, level, resamples)
