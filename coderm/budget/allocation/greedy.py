"""The allocator: one exact greedy over the marginal gains of all problems under one global budget.

Always holds: floors are met, caps are kept, and the budget is spent until nothing fits (units that gain nothing come last).
Ties: the earlier unit first, then the earlier problem. Exact because gains never increase along a problem. Work does not
grow with the budget: the greedy's last price is found by bisection, and only units that tie at it are ordered.
"""

import numpy as np
import numpy.typing as npt

from coderm.arrays import FloatArray, UnitArray
from coderm.budget.allocation.gains import Gains, TableGains
from coderm.budget.allocation.last_price import Costs, cost_of, spend_prefix
from coderm.errors import ConfigError


def allocate(
    gains: Gains | FloatArray,
    budget: float,
    floor: npt.ArrayLike = 0,
    cap: npt.ArrayLike | None = None,
    cost: npt.ArrayLike | None = None,
) -> UnitArray:
    """Return (P,) units per problem: units in order of gain per cost, skipping those that no longer fit.

    gains: of P problems, or a (P, C) array of them. floor, cap: units every problem gets at least and at most, one number or
    one per problem; no problem gets more units than gains are stated for. cost: of one unit, in units of the budget (tokens,
    seconds), one number or one per problem; without it a unit costs 1. Whole costs are summed exactly. Raises ConfigError
    when the budget is below the floors, a floor above its cap or a cost not positive, DataError for gains that are not finite
    or rise.
    """
    stated = TableGains.of(gains) if isinstance(gains, np.ndarray) else gains
    lowest = np.broadcast_to(np.asarray(floor, np.int64), (stated.problems,))
    highest = np.broadcast_to(np.asarray(stated.most if cap is None else cap, np.int64), (stated.problems,))
    highest = np.minimum(highest, stated.most)
    if (lowest < 0).any() or (lowest > highest).any():
        raise ConfigError("budget.floor must be between 0 and budget.cap: lower the floor or raise the cap")
    price = _prices(cost, stated.problems)
    rest = _rest(budget, lowest, price)
    if cost is not None:
        stated = stated.per_cost(price.astype(np.float64))
    return _spend(stated, rest, lowest.astype(np.int64), highest, price)


def _spend(gains: Gains, rest: float, units: UnitArray, highest: UnitArray, cost: Costs) -> UnitArray:
    """Spend prefixes of the greedy's order; after each, drop the problems whose next unit no longer fits."""
    while True:
        highest = np.minimum(highest, units + np.floor_divide(rest, cost).astype(np.int64))
        if (units == highest).all():
            return units
        taken = spend_prefix(gains, rest, units, highest, cost)
        rest -= cost_of(units, taken, cost)
        units = taken


def _prices(cost: npt.ArrayLike | None, problems: int) -> Costs:
    given = np.asarray(1 if cost is None else cost)
    whole = given.dtype.kind in "iu"
    prices: Costs = (
        np.broadcast_to(given.astype(np.int64), problems) if whole else np.broadcast_to(given.astype(np.float64), problems)
    )
    if not (np.isfinite(prices) & (prices > 0)).all():
        raise ConfigError("the cost of a test must be positive and finite: check the cost given for each problem")
    return prices


def _rest(budget: float, lowest: UnitArray, cost: Costs) -> float:
    needed = cost_of(np.zeros_like(lowest), lowest, cost)
    if not budget >= needed:
        raise ConfigError(f"budget of {budget:g} is below the floors ({needed:g}): raise budget.total or lower budget.floor")
    return budget - needed
