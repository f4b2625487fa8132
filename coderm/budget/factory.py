"""The one place that turns the budget's settings into a gain model."""

from pathlib import Path

from coderm.budget.base import GainModel
from coderm.budget.equal import Equal
from coderm.budget.paper import Paper
from coderm.budget.storage import load_fitted
from coderm.config import BudgetConfig
from coderm.errors import ConfigError


def make_gain_model(config: BudgetConfig) -> GainModel:
    """Build the configured gain model."""
    match config.model:
        case "equal":
            return Equal()
        case "paper":
            return Paper()
        case "curve" | "learned":
            if not config.fitted:
                raise ConfigError(
                    f"budget.model = {config.model!r} is fitted to problems with labels: make a file with "
                    "`coderm study --fit FILE` and name it in budget.fitted"
                )
            return load_fitted(Path(config.fitted), config.model)
