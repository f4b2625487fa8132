"""From the budget's settings to units per problem."""

import numpy as np

from coderm.arrays import UnitArray
from coderm.budget.allocation.gains import Gains
from coderm.budget.allocation.greedy import allocate
from coderm.budget.costs import Costs
from coderm.budget.gain_models.base import ProblemFeatures
from coderm.budget.gain_models.equal import Equal
from coderm.config.schema import BudgetConfig
from coderm.errors import ConfigError


def budget_by_round(budget: int, rounds: int) -> list[int]:
    """Return what may have been spent by the end of each round: half before the last, half of that before it, and so on.

    Raises ConfigError unless rounds >= 1.
    """
    if rounds < 1:
        raise ConfigError("budget.rounds must be at least 1: one round spends everything before any vote")
    return [budget >> (rounds - 1 - number) for number in range(rounds)]


def total_budget(config: BudgetConfig, problems: int) -> float:
    """What the whole run may spend, in `config.unit`: the total named, else `per_problem` tests on average."""
    named = (config.total, config.total_tokens, config.total_cpu_s)
    return next((total for total in named if total is not None), config.per_problem * problems)


def allot(config: BudgetConfig, problems: int) -> tuple[int, ...]:
    """Units per problem spread evenly, before anything is known; raises ConfigError when the budget is below the floors."""
    unknown = ProblemFeatures.none(tuple(map(str, range(problems))))
    return tuple(spend(config.model_copy(update={"rounds": 1}), Equal().gains(unknown), 0).tolist())


def spend(
    config: BudgetConfig, gains: Gains, number: int, before: UnitArray | None = None, costs: Costs | None = None
) -> UnitArray:
    """Return (P,) units per problem when round `number`, from 0, ends; raises ConfigError when the budget cannot meet the floors.

    before: (P,) units given already, which nobody takes back. costs: of further units, and what those before have cost; without it
    a unit costs 1. The floors are met however small the round's part is.
    """
    total = total_budget(config, gains.problems)
    given = np.zeros(gains.problems, np.int64) if before is None else before
    floor = np.maximum(config.floor, given)
    if costs is None or config.unit == "tests":
        budget = min(total, max(budget_by_round(int(total), config.rounds)[number], int(floor.sum())))
        return allocate(gains, budget, floor, config.cap)
    spent, missing = float(costs.spent.sum()), float(((floor - given) * costs.each).sum())
    if number == 0 and missing > total:
        raise ConfigError(
            f"a budget of {total:,.6g} {config.unit} is below the floors, which are expected to cost {missing:,.6g}: "
            "raise it or lower budget.floor"
        )
    rest = max(total / 2 ** (config.rounds - 1 - number) - spent - missing, 0.0)
    paid = float((floor * costs.each).sum())  # at the price of further units, as the allocator will charge for floors
    return allocate(gains, paid + rest, floor, config.cap, costs.each)
