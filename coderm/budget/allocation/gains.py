"""Marginal gains of many problems in the form the allocator needs: how many units are worth at least a price.

Always holds: along a problem keys never increase, and `count` agrees with `key` exactly, so spending by price is the greedy.
A key orders units; it is the gain itself or an increasing function of it, per unit of cost.
"""

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np

from coderm.arrays import FloatArray, IndexArray, UnitArray
from coderm.errors import DataError

ENDLESS = 1 << 60
"""Units of a problem whose gains are stated for any number of tests."""
RISE_TOLERANCE = 1e-9
"""Rise along a row that is still taken for rounding, relative to the largest gain."""


class Gains(Protocol):
    """Non-increasing marginal gains of P problems; unit numbers count from 1."""

    @property
    def problems(self) -> int:
        """P."""

    @property
    def most(self) -> int:
        """Units for which gains are stated; no problem gets more."""

    def per_cost(self, cost: FloatArray) -> "Gains":
        """The same gains per unit of cost; cost: (P,), positive."""

    def take(self, which: IndexArray) -> "Gains":
        """The gains of some of the problems, by position."""

    def key(self, unit: UnitArray) -> FloatArray:
        """(P,) key of one unit of each problem, 1 <= unit <= most; -inf for a gain of nothing is allowed."""

    def value(self, unit: UnitArray) -> FloatArray:
        """(P,) gain of one unit of each problem."""

    def count(self, key: float, limit: UnitArray) -> UnitArray:
        """(P,) how many units of each problem have at least this key, at most `limit` (P,)."""


@dataclass(frozen=True, slots=True, eq=False)
class TableGains:
    """Gains in K rows of C units, finite and non-increasing; problem i reads row index[i]. Built by `of`; keys are the gains.

    `endless`: past C every unit gains 0; otherwise no gain is stated there.
    """

    rows: FloatArray
    index: IndexArray
    endless: bool

    @classmethod
    def of(cls, rows: FloatArray, index: IndexArray | None = None, *, endless: bool = False) -> Self:
        """Check the rows; without an index every problem has its own row.

        Raises DataError for gains that are not finite or rise, or that are negative where endless.
        """
        _check(rows, endless)
        return cls(np.minimum.accumulate(rows, axis=1), np.arange(len(rows)) if index is None else index, endless)

    @property
    def problems(self) -> int:
        return len(self.index)

    @property
    def most(self) -> int:
        return ENDLESS if self.endless else self.rows.shape[1]

    def per_cost(self, cost: FloatArray) -> "TableGains":
        """Rows are shared among problems of the same row and cost."""
        costs, which = np.unique(cost, return_inverse=True)
        pairs, index = np.unique(self.index * len(costs) + which.ravel(), return_inverse=True)
        rows = self.rows[pairs // len(costs)] / costs[pairs % len(costs), None]
        return TableGains(rows, index.ravel(), self.endless)

    def take(self, which: IndexArray) -> "TableGains":
        index = self.index[which]
        if len(index) < len(self.rows):
            return TableGains(self.rows[index], np.arange(len(index)), self.endless)
        return TableGains(self.rows, index, self.endless)

    def key(self, unit: UnitArray) -> FloatArray:
        width = self.rows.shape[1]
        if not width:
            return np.zeros(self.problems)
        stated: FloatArray = self.rows[self.index, np.minimum(unit, width) - 1]
        return np.where(unit > width, 0.0, stated)

    def value(self, unit: UnitArray) -> FloatArray:
        return self.key(unit)

    def count(self, key: float, limit: UnitArray) -> UnitArray:
        if self.endless and key <= 0:
            return limit
        counts: UnitArray = np.minimum(_reach(self.rows, key)[self.index], limit)
        return counts


@dataclass(frozen=True, slots=True, eq=False)
class GeometricGains:
    """Gains first * (1 - rate)^(j-1): the paper's, with first = rate = lambda. Both (P,), rates in [0, 1].

    Keys are logarithms of gains, so that they neither underflow nor tie by rounding, and counts are solved in closed form.
    """

    log_first: FloatArray
    log_keep: FloatArray

    @classmethod
    def of(cls, rates: FloatArray) -> Self:
        """The paper's gains, lambda (1 - lambda)^(j-1). Raises DataError unless every rate is in [0, 1]."""
        bad = np.flatnonzero(~((rates >= 0) & (rates <= 1)))
        if bad.size:
            raise DataError(f"pass rate of problem {bad[0]} is {rates[bad[0]]}: a pass rate lies in [0, 1]")
        with np.errstate(divide="ignore"):
            return cls(np.log(rates), np.log1p(-rates))

    @property
    def problems(self) -> int:
        return len(self.log_first)

    @property
    def most(self) -> int:
        return ENDLESS

    def per_cost(self, cost: FloatArray) -> "GeometricGains":
        return GeometricGains(self.log_first - np.log(cost), self.log_keep)

    def take(self, which: IndexArray) -> "GeometricGains":
        return GeometricGains(self.log_first[which], self.log_keep[which])

    def key(self, unit: UnitArray) -> FloatArray:
        with np.errstate(invalid="ignore"):  # the first unit of rate 1 is 0 * -inf; it has the first gain
            keys: FloatArray = self.log_first + (unit - 1) * self.log_keep
        keys[unit == 1] = self.log_first[unit == 1]
        return keys

    def value(self, unit: UnitArray) -> FloatArray:
        gain: FloatArray = np.exp(self.key(unit))
        return gain

    def count(self, key: float, limit: UnitArray) -> UnitArray:
        if key == -np.inf:
            return limit
        worth = (self.log_first >= key) & (limit > 0)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            after = (key - self.log_first) / self.log_keep  # units after the first; rate 1: 0, since its second gains nothing
        count = np.where(worth, np.minimum(after, limit - 1), -1).astype(np.int64) + 1
        count -= (count > 1) & (self.key(np.maximum(count, 1)) < key)  # rounding may be off by one
        count += worth & (count < limit) & (self.key(count + 1) >= key)
        return count


def first_gains(gains: Gains, units: int) -> FloatArray:
    """(P, units) gains of the first units of every problem, for showing."""
    columns = [gains.value(np.full(gains.problems, unit)) for unit in range(1, units + 1)]
    return np.stack(columns, axis=1) if columns else np.zeros((gains.problems, 0))


def _reach(rows: FloatArray, key: float) -> UnitArray:
    """(K,) how many entries of each non-increasing row are at least `key`, by bisection of all rows at once."""
    low, high = np.zeros(len(rows), np.int64), np.full(len(rows), rows.shape[1], np.int64)
    each = np.arange(len(rows))
    for _ in range(rows.shape[1].bit_length()):
        middle = (low + high) // 2
        enough = (low < high) & (rows[each, np.minimum(middle, rows.shape[1] - 1)] >= key)
        low, high = np.where(enough, middle + 1, low), np.where(enough, high, middle)
    return low


def _check(rows: FloatArray, endless: bool) -> None:
    if not np.isfinite(rows).all():
        raise DataError(f"gains of problem {np.argwhere(~np.isfinite(rows))[0][0]} are not finite: the gain model is broken")
    rise = np.diff(rows, axis=1) > RISE_TOLERANCE * np.abs(rows).max(initial=0.0)
    if rise.any():
        raise DataError(f"gains of problem {np.argwhere(rise)[0][0]} rise: greedy spending needs gains that never increase")
    if endless and (rows < 0).any():
        raise DataError(f"gains of problem {np.argwhere(rows < 0)[0][0]} are negative, but gain 0 from some unit on")
