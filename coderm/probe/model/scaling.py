"""Standardisation of a probe's inputs, fitted on its training problems.

Unknown values (NaN) become the training mean. A feature that was unknown or the same in all training problems is ignored. Each
family is divided by the root of its size, so that a few hundred states do not drown a dozen cheap features.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from coderm.arrays import FloatArray

CONSTANT = 1e-6
"""Spread, relative to the size of a feature's values, below which the feature is taken for constant."""
FAR = 8.0
"""Standardised values are cut off here: one wild value of a new problem must not decide its prediction."""


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """mean, factor: float32 (F,); a factor of 0 ignores the feature."""

    mean: npt.NDArray[np.float32]
    factor: npt.NDArray[np.float32]

    @classmethod
    def fit(cls, values: FloatArray, family_sizes: tuple[int, ...]) -> Self:
        """Fit to (P, F) values; `family_sizes`: columns of each family, in order, F in total."""
        known = ~np.isnan(values)
        counts = np.maximum(known.sum(axis=0), 1)
        filled = np.where(known, values, 0.0)
        mean = filled.sum(axis=0) / counts
        deviation = np.where(known, values - mean, 0.0)
        spread = np.sqrt((deviation**2).sum(axis=0) / counts)
        live = spread > CONSTANT * np.maximum(np.abs(mean), 1e-12)
        share = np.repeat([1 / np.sqrt(max(size, 1)) for size in family_sizes], family_sizes)
        factor = np.where(live, share / np.where(live, spread, 1.0), 0.0)
        return cls(mean.astype(np.float32), factor.astype(np.float32))

    def __call__(self, values: FloatArray, family_sizes: tuple[int, ...]) -> npt.NDArray[np.float32]:
        """(P, F) standardised values, finite."""
        share = np.repeat([1 / np.sqrt(max(size, 1)) for size in family_sizes], family_sizes)
        scaled = (values - self.mean) * self.factor
        return np.clip(np.nan_to_num(scaled, nan=0.0), -FAR * share, FAR * share).astype(np.float32)
