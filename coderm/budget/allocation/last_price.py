"""The search for the greedy's last price: which units are dearer, which tie at it, which of those are still taken."""

import struct

import numpy as np

from coderm.arrays import FloatArray, UnitArray
from coderm.budget.allocation.gains import Gains

Costs = UnitArray | FloatArray

NARROWING = 0.7
"""Problems whose count is settled are left out of the search once only this share is open; copying costs about one step."""


def spend_prefix(gains: Gains, rest: float, lowest: UnitArray, highest: UnitArray, cost: Costs) -> UnitArray:
    """Take units beyond `lowest` in the greedy's order (key, then unit, then problem) up to the first that does not fit.

    All arrays are (P,); `rest` is what may be spent beyond `lowest`.
    """
    if cost_of(lowest, highest, cost) <= rest:
        return highest
    above, at = lowest.copy(), highest.copy()
    unsure = np.flatnonzero(above < at)
    part, low, high, each = gains.take(unsure), above[unsure], at[unsure], cost[unsure]
    dear, cheap = _ordinal(part.key(low + 1).max().item()) + 1, _ordinal(part.key(high).min().item())
    while dear - cheap > 1 and rest:
        middle = (dear + cheap) // 2
        units: UnitArray = np.clip(part.count(_float(middle), high), low, high)
        more = cost_of(low, units, each)
        if more <= rest:
            dear, low, rest = middle, units, rest - more
        else:
            cheap, high = middle, units
        is_open = low < high
        if np.count_nonzero(is_open) < NARROWING * len(low):
            above[unsure], at[unsure] = low, high
            left = np.flatnonzero(is_open)
            unsure, part, low, high, each = unsure[left], part.take(left), low[left], high[left], each[left]
    above[unsure], at[unsure] = low, high
    return _fill(rest, above, at, cost) if rest else above


def _fill(rest: float, above: UnitArray, at: UnitArray, cost: Costs) -> UnitArray:
    """Order the tied units (above, at] by unit, then problem, and take them up to the first that does not fit."""

    def filled(level: int) -> UnitArray:
        clipped: UnitArray = np.clip(level, above, at)
        return clipped

    full, over = int(above.min()), int(at.max())
    while over - full > 1:
        middle = (full + over) // 2
        if cost_of(above, filled(middle), cost) <= rest:
            full = middle
        else:
            over = middle
    units: UnitArray = filled(full)
    layer = np.flatnonzero((units == full) & (at > full))
    fits = np.cumsum(cost[layer]) <= rest - cost_of(above, units, cost)
    units[layer[fits]] += 1
    return units


def cost_of(low: UnitArray, high: UnitArray, cost: Costs) -> float:
    """What the units (low, high] of all problems cost together."""
    return float(np.multiply(high - low, cost).sum().item())


def _ordinal(value: float) -> int:
    """Position of a float among all floats, so that a bisection over positions ends at neighbours."""
    bits: int = struct.unpack("<q", struct.pack("<d", value))[0]
    return bits if bits >= 0 else -(bits & 0x7FFFFFFFFFFFFFFF)


def _float(ordinal: int) -> float:
    value: float = struct.unpack("<d", struct.pack("<q", abs(ordinal)))[0]
    return value if ordinal >= 0 else -value
