"""The one place that turns names and settings into selection rules."""

from collections.abc import Callable

from coderm.config.schema import SelectionConfig
from coderm.errors import ConfigError
from coderm.selection.aces import Aces
from coderm.selection.b4 import B4
from coderm.selection.base import Rule
from coderm.selection.codet import CodeT
from coderm.selection.majority import Majority
from coderm.selection.max_pass import MaxPass
from coderm.selection.mbr import Mbr
from coderm.selection.robust import Robust
from coderm.selection.weighted import Weighted

_BUILDERS: dict[str, Callable[[SelectionConfig], Rule]] = {
    "coderm": lambda config: Majority(),
    "max_pass": lambda config: MaxPass(),
    "codet": lambda config: CodeT(),
    "b4": lambda config: B4(config.b4_alpha, config.b4_beta),
    "robust": lambda config: Robust(),
    "mbr": lambda config: Mbr(),
    "weighted": lambda config: Weighted(),
    "aces": lambda config: Aces(),
}
RULES: tuple[str, ...] = tuple(_BUILDERS)
"""Names of all rules, in the order of reports."""


def make_rule(config: SelectionConfig, name: str | None = None) -> Rule:
    """Build the configured rule, or the named one under the same settings; raises ConfigError for an unknown name."""
    wanted = config.rule if name is None else name
    if wanted not in _BUILDERS:
        raise ConfigError(f"selection.rule: unknown rule {wanted!r}; choose one of {', '.join(RULES)}")
    return _BUILDERS[wanted](config)


def make_rules(config: SelectionConfig) -> dict[str, Rule]:
    """Build every rule by name."""
    return {name: make_rule(config, name) for name in RULES}
