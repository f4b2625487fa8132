"""From the budget's settings to units per problem."""

import numpy as np

from coderm.budget.allocator import allocate
from coderm.budget.base import ProblemFeatures
from coderm.budget.equal import Equal
from coderm.budget.gains import Gains, UnitArray
from coderm.budget.rounds import shares
from coderm.config import BudgetConfig


def total_budget(config: BudgetConfig, problems: int) -> int:
    """Tests the whole run may generate: `total`, else `per_problem` on average."""
    return config.per_problem * problems if config.total is None else config.total


def allot(config: BudgetConfig, problems: int) -> tuple[int, ...]:
    """Units per problem spread evenly, before anything is known; raises ConfigError when the budget is below the floors."""
    unknown = ProblemFeatures.none(tuple(map(str, range(problems))))
    return tuple(spend(config.model_copy(update={"rounds": 1}), Equal().gains(unknown), 0).tolist())


def spend(config: BudgetConfig, gains: Gains, number: int, before: UnitArray | None = None) -> UnitArray:
    """Return (P,) units per problem when round `number`, from 0, ends; raises ConfigError when the budget cannot meet the floors.

    before: (P,) units given already, which nobody takes back. The floors are met however small the round's part is.
    """
    total = total_budget(config, gains.problems)
    floor = np.maximum(config.floor, np.zeros(gains.problems, np.int64) if before is None else before)
    budget = min(total, max(shares(total, config.rounds)[number], int(floor.sum())))
    return allocate(gains, budget, floor, config.cap)
