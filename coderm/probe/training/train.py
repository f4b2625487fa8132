"""From features and pass rates to a probe: members, each stopped early on problems of its own, then calibration on those."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from coderm.arrays import FloatArray
from coderm.errors import DataError
from coderm.probe.features.table import FeatureTable
from coderm.probe.model.calibration import Calibration
from coderm.probe.model.network import train_network
from coderm.probe.model.probe import Card, Probe, family_sizes
from coderm.probe.model.scaling import Scaling
from coderm.probe.settings import ProbeSettings


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """rates: (P,) share of candidates that are right, in [0, 1]. weights: (P,) candidates behind each, at least 1."""

    rates: FloatArray
    weights: FloatArray

    def __post_init__(self) -> None:
        if self.rates.shape != self.weights.shape or not ((self.rates >= 0) & (self.rates <= 1) & (self.weights > 0)).all():
            raise DataError("probe labels: rates must be in [0, 1] with positive weights, one of each per problem")

    def plus(self, other: "Labels") -> "Labels":
        """Both problems' labels."""
        return Labels(np.concatenate([self.rates, other.rates]), np.concatenate([self.weights, other.weights]))

    def rows(self, places: npt.NDArray[np.intp]) -> "Labels":
        """Keep these problems, in this order."""
        return Labels(self.rates[places], self.weights[places])

    @property
    def rate(self) -> float:
        """Mean pass rate of all candidates: the constant predictor."""
        return float(np.average(self.rates, weights=self.weights))


def train_probe(table: FeatureTable, labels: Labels, settings: ProbeSettings, scores: dict[str, Any] | None = None) -> Probe:
    """Train a probe on the problems that have a usable candidate. Raises DataError for too few of them, or without features."""
    kept = np.flatnonzero(table.usable > 0)
    table, labels = table.only(*settings.families).rows(kept), labels.rows(kept)
    sizes = family_sizes(table)
    if not sum(sizes):
        raise DataError(f"probe: there are no features of the families {', '.join(settings.families)}; choose others")
    folds = folds_by_problem(table.task_ids, labels.rates, settings.members, settings.seed)
    scaling = Scaling.fit(table.values, sizes)
    inputs = scaling(table.values, sizes)
    members, held_out = [], np.zeros(len(kept))
    for number in range(settings.members):
        held = folds == number
        member = train_network(inputs, labels.rates, labels.weights, held, settings, settings.seed * settings.members + number)
        held_out[held] = member(inputs[held])
        members.append(member)
    card = Card(
        spec=table.spec,
        state_width=sizes[0],
        cheap=table.names,
        rate=labels.rate,
        candidates=int(labels.weights.sum()),
        task_ids=table.task_ids,
        settings=settings.model_dump(mode="json"),
        scores=scores or {},
    )
    return Probe(card, scaling, tuple(members), Calibration.fit(settings.calibration, held_out, labels.rates, labels.weights))


def folds_by_problem(task_ids: tuple[str, ...], rates: FloatArray, folds: int, seed: int) -> npt.NDArray[np.int64]:
    """(P,) fold of each row: rows of one problem share it, and every fold gets hard and easy problems alike.

    Raises DataError when there are fewer than two problems for each fold.
    """
    names, problem = np.unique(np.array(task_ids), return_inverse=True)
    if len(names) < 2 * folds:
        raise DataError(f"probe: {len(names)} problems with a usable candidate, {folds} folds need {2 * folds}; give more problems")
    mean = np.bincount(problem, rates) / np.bincount(problem)
    shuffled = np.random.default_rng(seed).permutation(len(names))
    ranked = shuffled[np.argsort(mean[shuffled], kind="stable")]
    fold = np.empty(len(names), np.int64)
    fold[ranked] = np.arange(len(names)) % folds
    return fold[problem]
