"""A trained probe: features in, the predicted pass rate of each problem out. Refuses features it was not trained on."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from coderm.arrays import FloatArray
from coderm.budget.gain_models.base import LAMBDA, ProblemFeatures
from coderm.errors import ConfigError
from coderm.messages.hidden_states import StateSpec
from coderm.probe.features.table import FAMILIES, Family, FeatureTable
from coderm.probe.model.calibration import LOWEST, Calibration
from coderm.probe.model.network import Network
from coderm.probe.model.scaling import Scaling


@dataclass(frozen=True, slots=True)
class Card:
    """What a probe was trained on. spec and state_width: None and 0 without hidden states. cheap: names of the cheap features.

    rate: mean pass rate of the training candidates, the constant predictor. settings: of the training. scores: by
    cross-validation, where there was one. task_ids: the training problems.
    """

    spec: StateSpec | None
    state_width: int
    cheap: tuple[str, ...]
    rate: float
    candidates: int
    task_ids: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    scores: dict[str, Any] = field(default_factory=dict)

    @property
    def families(self) -> tuple[Family, ...]:
        """Families the probe reads."""
        return tuple(family for family in FAMILIES if (self.spec is not None if family == "states" else self.cheap))


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """Immutable; prediction is numpy only."""

    card: Card
    scaling: Scaling
    members: tuple[Network, ...]
    calibration: Calibration

    def check(self, table: FeatureTable) -> FeatureTable:
        """Return the part of a table that this probe reads; raises ConfigError naming everything that differs from its training."""
        card, wrong = self.card, []
        if card.spec is not None and table.spec is None:
            wrong.append(f"hidden states of {card.spec.model} are missing")
        elif card.spec is not None and table.spec is not None:
            wrong += card.spec.differences(table.spec)
            if not wrong and table.states.shape[1] != card.state_width:
                wrong.append(f"{card.state_width} states, not {table.states.shape[1]}: another model under the same name")
        if card.cheap and card.cheap != table.names:
            missing = [name for name in card.cheap if name not in table.names]
            extra = [name for name in table.names if name not in card.cheap]
            wrong.append(f"cheap features (missing: {_listed(missing)}; not known to it: {_listed(extra)}; or in another order)")
        if wrong:
            raise ConfigError(f"probe: trained on other features: {'; '.join(wrong)}; train one with `coderm probe train`")
        return table.only(*card.families)

    def predict(self, table: FeatureTable) -> FloatArray:
        """(P,) predicted pass rates, in [LOWEST, 1 - LOWEST]; LOWEST where no candidate is usable: none there can be right.

        Unknown cheap features (NaN) count as the training mean. Raises ConfigError for other features than those trained on.
        """
        rates = self.calibration(self.logits(self.check(table)))
        return np.where(table.usable > 0, rates, LOWEST)

    def logits(self, table: FeatureTable) -> FloatArray:
        """(P,) mean logit of the members, before calibration."""
        inputs = self.scaling(table.values, family_sizes(table))
        return np.asarray(np.mean([member(inputs) for member in self.members], axis=0))

    def problem_features(self, table: FeatureTable) -> ProblemFeatures:
        """What gain models read: `lambda`, and every cheap feature, unknown ones at their training mean (else 0)."""
        rates = self.predict(table)
        first = self.card.state_width
        means = self.scaling.mean[first:] if self.card.cheap else np.zeros(len(table.names), np.float32)
        cheap = np.where(np.isnan(table.cheap), means, table.cheap)
        values = np.concatenate([rates[:, None], cheap], axis=1, dtype=np.float32)
        return ProblemFeatures(table.task_ids, (LAMBDA, *table.names), values)


def family_sizes(table: FeatureTable) -> tuple[int, int]:
    """Columns of hidden states and of cheap features."""
    return table.states.shape[1], len(table.names)


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none"
