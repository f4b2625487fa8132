"""The allocator: one exact greedy over the marginal gains of all problems under one global budget.

Always holds: floors are met, caps are kept, the whole budget is spent unless every problem is at its cap (units that gain
nothing come last). Ties: the earlier unit first, then the earlier problem. Exact because gains do not increase along a row.
"""

import numpy as np
import numpy.typing as npt

from coderm.errors import ConfigError, DataError
from coderm.matrix import FloatArray, IndexArray

UnitArray = npt.NDArray[np.int64]

RISE_TOLERANCE = 1e-9
"""Rise along a row that is still taken for rounding, relative to the largest gain."""


def allocate(gains: FloatArray, budget: int, floor: npt.ArrayLike = 0, cap: npt.ArrayLike | None = None) -> UnitArray:
    """Return (P,) units per problem, min(budget, sum of caps) in total.

    gains: (P, C), finite, non-increasing along rows. floor, cap: units every problem gets at least and at most, one number
    or one per problem; cap defaults to C and never exceeds it. Raises ConfigError when the budget is below the floors or a
    floor above its cap, DataError for gains that are not finite or rise.
    """
    _check_gains(gains)
    problems, width = gains.shape
    lowest = np.broadcast_to(np.asarray(floor, np.int64), (problems,))
    highest = np.broadcast_to(np.asarray(width if cap is None else cap, np.int64), (problems,))
    highest = np.minimum(highest, width)
    _check_bounds(budget, lowest, highest)
    units = np.arange(width)
    free = ((units >= lowest[:, None]) & (units < highest[:, None])).T.ravel()
    open_units = np.flatnonzero(free)
    taken = open_units[_largest(gains.T.ravel()[open_units], budget - int(lowest.sum()))]
    return (lowest + np.bincount(taken % max(problems, 1), minlength=problems)).astype(np.int64)


def _largest(values: FloatArray, count: int) -> IndexArray:
    """Positions of the `count` largest values; among equals of the last one taken, the earliest."""
    if count >= values.size:
        return np.arange(values.size)
    if count == 0:
        return np.zeros(0, np.intp)
    price = np.partition(values, values.size - count)[values.size - count]
    above = np.flatnonzero(values > price)
    return np.concatenate([above, np.flatnonzero(values == price)[: count - above.size]])


def _check_gains(gains: FloatArray) -> None:
    if not np.isfinite(gains).all():
        raise DataError(f"gains of problem {np.argwhere(~np.isfinite(gains))[0][0]} are not finite: the gain model is broken")
    if gains.shape[1] < 2:
        return
    rise = np.diff(gains, axis=1) > RISE_TOLERANCE * np.abs(gains).max(initial=0.0)
    if rise.any():
        raise DataError(f"gains of problem {np.argwhere(rise)[0][0]} rise: greedy spending needs gains that never increase")


def _check_bounds(budget: int, lowest: UnitArray, highest: UnitArray) -> None:
    if (lowest < 0).any() or (lowest > highest).any():
        raise ConfigError("budget.floor must be between 0 and budget.cap: lower the floor or raise the cap")
    if budget < lowest.sum():
        raise ConfigError(
            f"budget of {budget} tests is below the floors ({lowest.sum()}): raise budget.total or lower budget.floor"
        )
