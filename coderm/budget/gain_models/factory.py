"""The one place that turns the budget's settings into a gain model."""

from pathlib import Path

from coderm.budget.gain_models.base import GainModel
from coderm.budget.gain_models.equal import Equal
from coderm.budget.gain_models.paper import Paper
from coderm.budget.gain_models.storage import LambdaSource, load_model
from coderm.config.schema import EXAMPLES_PROBE, BudgetConfig
from coderm.errors import ConfigError


def make_gain_model(config: BudgetConfig, choice: str) -> GainModel:
    """Build the configured gain model; a fitted one must be of the same `choice` (config's choice_name) and lambda."""
    match config.model:
        case "equal":
            return Equal()
        case "paper":
            return Paper()
        case "curve" | "learned":
            if not config.fitted:
                raise ConfigError(
                    f"budget.model = {config.model!r} is fitted to problems with labels: make a file with "
                    "`coderm study` and name it in budget.fitted"
                )
            source: LambdaSource = "examples" if config.probe == EXAMPLES_PROBE else "probe"
            return load_model(Path(config.fitted), config.model, choice, source)
