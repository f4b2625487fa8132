"""The one place that turns the budget's settings into a gain model."""

from coderm.budget.base import GainModel
from coderm.budget.equal import Equal
from coderm.budget.paper import Paper
from coderm.config import BudgetConfig


def make_gain_model(config: BudgetConfig) -> GainModel:
    """Build the configured gain model."""
    match config.model:
        case "equal":
            return Equal()
        case "paper":
            return Paper()
