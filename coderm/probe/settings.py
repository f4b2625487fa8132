"""Settings of a probe's training; `coderm probe train --set KEY=VALUE` names them."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field, ValidationError

from coderm.config.mistakes import told
from coderm.config.schema import Section
from coderm.errors import ConfigError
from coderm.probe.features.table import FAMILIES, Family


class ProbeSettings(Section):
    """How a probe is trained. The paper leaves all of it open; the defaults suit a hundred problems, not a hundred thousand."""

    families: tuple[Family, ...] = Field(FAMILIES, min_length=1)
    """Features read: `states` (hidden states), `cheap` (features that cost no model)."""
    width: int = Field(16, ge=1)
    """Units of the hidden layer."""
    members: int = Field(5, ge=2)
    """Networks whose logits are averaged. Each stops early on another part of the problems, so that all are held out once."""
    learning_rate: float = Field(0.03, gt=0)
    """Of AdamW, full batch."""
    weight_decay: float = Field(0.3, ge=0)
    """Of AdamW. Thirty times torch's default, because there are more inputs than problems."""
    dropout: float = Field(0.2, ge=0, lt=1)
    """Share of the inputs, and of the hidden units, that is left out in each step."""
    epochs: int = Field(400, ge=1)
    """Most steps over all training problems."""
    patience: int = Field(40, ge=1)
    """Steps without a better loss on the held-out problems after which training stops."""
    calibration: Literal["temperature", "isotonic", "none"] = "temperature"
    """How logits become rates, fitted on held-out problems. `isotonic` needs hundreds of them."""
    seed: int = 0
    """Same seed, same data, same machine: the same probe, bit for bit."""


def parse_settings(items: Sequence[str]) -> ProbeSettings:
    """Read `key=value` items; raises ConfigError naming every mistake."""
    values: dict[str, object] = {}
    for item in items:
        key, equals, value = item.partition("=")
        if not equals:
            raise ConfigError(f"--set {item}: write it as key=value, for example --set width=8")
        values[key.strip()] = tuple(value.split(",")) if key.strip() == "families" else value
    try:
        return ProbeSettings.model_validate(values)
    except ValidationError as error:
        known = ", ".join(ProbeSettings.model_fields)
        raise ConfigError(f"probe settings: {told(error, 'all of them')}; known: {known}") from None
