"""From the budget's settings to units per problem."""

import numpy as np

from coderm.budget.allocator import allocate
from coderm.budget.base import GainModel, ProblemFeatures
from coderm.budget.factory import make_gain_model
from coderm.budget.gains import UnitArray
from coderm.config import BudgetConfig


def total_budget(config: BudgetConfig, problems: int) -> int:
    """Tests the whole run may generate: `total`, else `per_problem` on average."""
    return config.per_problem * problems if config.total is None else config.total


def allot(config: BudgetConfig, problems: int) -> tuple[int, ...]:
    """Units per problem before anything is known about them; raises ConfigError when the budget is below the floors."""
    unknown = ProblemFeatures.none(tuple(map(str, range(problems))))
    return tuple(spend(config, make_gain_model(config), unknown).tolist())


def spend(config: BudgetConfig, model: GainModel, features: ProblemFeatures) -> UnitArray:
    """Return (P,) units per problem under the configured budget; raises ConfigError when it cannot meet the floors.

    Without a cap the gains are asked for as far as needed: twice the average, then twice as far while some problem uses all.
    """
    problems = len(features.task_ids)
    if not problems:
        return np.zeros(0, np.int64)
    budget = total_budget(config, problems)
    if config.cap is not None:
        return allocate(model.gains(features, config.cap), budget, config.floor)
    horizon = max(config.floor, 2 * -(-budget // problems))
    while True:
        units = allocate(model.gains(features, horizon), budget, config.floor)
        if horizon >= budget or units.max() < horizon:
            return units
        horizon *= 2
