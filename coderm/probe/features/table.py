"""The features of P problems in the two families a probe may read: hidden states, and features that cost no model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from coderm.errors import DataError
from coderm.messages.hidden_states import StateSpec
from coderm.probe.features.cheap import CHEAP, cheap_features
from coderm.selection.observed import Observed

Family = Literal["states", "cheap"]
FAMILIES: tuple[Family, ...] = ("states", "cheap")


@dataclass(frozen=True, slots=True, eq=False)
class FeatureTable:
    """Features of P problems.

    spec: what `states` were read from, None without them. states: float32 (P, S), finite. names, cheap: float32 (P, C), one
    column per name, NaN where a value is unknown. usable: (P,) candidates in which a program was found.
    Raises DataError when shapes disagree, or naming the first value that cannot be used.
    """

    task_ids: tuple[str, ...]
    spec: StateSpec | None
    states: npt.NDArray[np.float32]
    names: tuple[str, ...]
    cheap: npt.NDArray[np.float32]
    usable: npt.NDArray[np.int64]

    def __post_init__(self) -> None:
        rows = len(self.task_ids)
        fits = self.states.ndim == 2 and len(self.states) == rows and self.usable.shape == (rows,)
        if not fits or self.cheap.shape != (rows, len(self.names)) or (self.spec is None) != (self.states.shape[1] == 0):
            raise DataError(
                f"probe features: {rows} problems, states {self.states.shape}, {len(self.names)} names, cheap {self.cheap.shape}, "
                f"usable {self.usable.shape}: shapes disagree"
            )
        if (bad := np.argwhere(~np.isfinite(self.states))).size:
            raise DataError(f"{self.task_ids[bad[0, 0]]}: hidden state {bad[0, 1]} is not finite; read the states again")
        if (bad := np.argwhere(np.isinf(self.cheap))).size:
            raise DataError(f"{self.task_ids[bad[0, 0]]}: feature {self.names[bad[0, 1]]} is infinite; leave it out or give NaN")

    @classmethod
    def of(
        cls, observed: Sequence[Observed], spec: StateSpec | None = None, vectors: Sequence[npt.NDArray[np.float32]] = ()
    ) -> Self:
        """Build the table of problems as sampled, with one vector of hidden states each when there is a spec."""
        if (spec is None) != (not vectors) or (vectors and len(vectors) != len(observed)):
            raise DataError(f"probe features: {len(vectors)} vectors of hidden states for {len(observed)} problems")
        return cls(
            tuple(item.problem.task_id for item in observed),
            spec,
            np.stack(vectors).astype(np.float32) if vectors else np.zeros((len(observed), 0), np.float32),
            CHEAP,
            np.array([cheap_features(item) for item in observed], np.float32).reshape(len(observed), len(CHEAP)),
            np.array([len(item.usable) for item in observed], np.int64),
        )

    def only(self, *families: Family) -> "FeatureTable":
        """Keep these families."""
        rows, table = len(self.task_ids), self
        if "states" not in families:
            table = replace(table, spec=None, states=np.zeros((rows, 0), np.float32))
        if "cheap" not in families:
            table = replace(table, names=(), cheap=np.zeros((rows, 0), np.float32))
        return table

    def plus(self, other: "FeatureTable") -> "FeatureTable":
        """Both tables' problems; raises DataError when they hold other features."""
        if (self.spec, self.names) != (other.spec, other.names):
            raise DataError("probe features: the two tables hold other features; read both with the same settings")
        return FeatureTable(
            self.task_ids + other.task_ids,
            self.spec,
            np.concatenate([self.states, other.states]),
            self.names,
            np.concatenate([self.cheap, other.cheap]),
            np.concatenate([self.usable, other.usable]),
        )

    def rows(self, places: npt.NDArray[np.intp]) -> "FeatureTable":
        """Keep these problems, in this order."""
        return FeatureTable(
            tuple(self.task_ids[place] for place in places),
            self.spec,
            self.states[places],
            self.names,
            self.cheap[places],
            self.usable[places],
        )

    @property
    def values(self) -> npt.NDArray[np.float64]:
        """(P, S + C) states, then cheap features."""
        return np.concatenate([self.states, self.cheap], axis=1, dtype=np.float64)
