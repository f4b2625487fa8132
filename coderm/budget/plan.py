"""From the budget's settings to units per problem."""

import numpy as np

from coderm.budget.allocator import allocate
from coderm.budget.base import GainModel, ProblemFeatures
from coderm.budget.equal import Equal
from coderm.budget.gains import UnitArray
from coderm.config import BudgetConfig


def total_budget(config: BudgetConfig, problems: int) -> int:
    """Tests the whole run may generate: `total`, else `per_problem` on average."""
    return config.per_problem * problems if config.total is None else config.total


def allot(config: BudgetConfig, problems: int) -> tuple[int, ...]:
    """Units per problem spread evenly, before anything is known; raises ConfigError when the budget is below the floors."""
    unknown = ProblemFeatures.none(tuple(map(str, range(problems))))
    return tuple(spend(config, Equal(), unknown).tolist())


def spend(
    config: BudgetConfig,
    model: GainModel,
    features: ProblemFeatures,
    part: float = 1.0,
    before: UnitArray | None = None,
) -> UnitArray:
    """Return (P,) units per problem when `part` of the configured budget is spent; ConfigError when it cannot meet the floors.

    before: (P,) units given already, which nobody takes back. The floors are met however small the part is.
    """
    problems = len(features.task_ids)
    total = total_budget(config, problems)
    floor = np.maximum(config.floor, np.zeros(problems, np.int64) if before is None else before)
    budget = min(total, max(int(total * part), int(floor.sum())))
    return allocate(model.gains(features), budget, floor, config.cap)
