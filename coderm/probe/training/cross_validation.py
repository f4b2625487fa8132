"""Is a probe worth anything? Cross-validation by problem, against the constant predictor and each feature family alone."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, astuple, dataclass
from typing import Any

import numpy as np

from coderm.arrays import FloatArray
from coderm.errors import DataError
from coderm.evaluation.intervals import Estimate, paired_difference
from coderm.probe.features.table import Family, FeatureTable
from coderm.probe.model.calibration import LOWEST
from coderm.probe.model.probe import Probe
from coderm.probe.settings import ProbeSettings
from coderm.probe.training.scores import Scores, losses, score
from coderm.probe.training.train import Labels, folds_by_problem, train_probe

FOLDS = 5
REPEATS = 3
"""Cross-validations under other splits; their scores are averaged, so that one lucky split decides nothing."""
FEWEST = 20
"""Problems below which `applied` trains nothing: folds of folds would hold one or two."""


@dataclass(frozen=True, slots=True, eq=False)
class Predictor:
    """One predictor. predicted: (R, P) rates of P problems it was not trained on, once per cross-validation.

    scores: mean over the R cross-validations. gain: log-loss below the constant's, over problems.
    """

    name: str
    predicted: FloatArray
    scores: Scores
    gain: Estimate

    def figures(self) -> dict[str, Any]:
        """As JSON; NaN becomes null."""
        flat = asdict(self.scores) | {"gain": asdict(self.gain)}
        return {name: None if value != value else value for name, value in flat.items()}


def compare(
    table: FeatureTable,
    labels: Labels,
    settings: ProbeSettings,
    repeats: int = REPEATS,
    tell: Callable[[int, int], None] = lambda done, total: None,
    also: tuple[FeatureTable, Labels] | None = None,
) -> list[Predictor]:
    """Score the constant predictor, each family alone and all together on problems held out, and what a perfect one would get.

    `tell` hears how many trainings are done. also: further rows to train on and not to score on, such as another policy's programs;
    those of the problems held out are left out as well. Raises DataError for too few problems.
    """
    family_sets = _family_sets(table, settings)
    predicted = {name: np.zeros((repeats, len(table.task_ids))) for name in ("constant", *family_sets)}
    done, total = 0, repeats * FOLDS * len(family_sets)
    for repeat in range(repeats):
        folds = folds_by_problem(table.task_ids, labels.rates, FOLDS, settings.seed + repeat)
        for fold in range(FOLDS):
            fit, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
            predicted["constant"][repeat, held] = labels.rows(fit).rate
            for name, families in family_sets.items():
                chosen = settings.model_copy(update={"families": families, "seed": settings.seed + repeat})
                probe = train_probe(*_with(also, table.rows(fit), labels.rows(fit), table.rows(held)), chosen)
                predicted[name][repeat, held] = probe.predict(table.rows(held))
                tell(done := done + 1, total)
    predicted["perfect"] = np.clip(labels.rates, LOWEST, 1 - LOWEST)[None]
    return [_predictor(name, values, predicted["constant"], labels) for name, values in predicted.items()]


def _with(
    also: tuple[FeatureTable, Labels] | None, table: FeatureTable, labels: Labels, held: FeatureTable
) -> tuple[FeatureTable, Labels]:
    """Add the rows of `also` that are of no problem held out."""
    if also is None:
        return table, labels
    seen = np.flatnonzero(~np.isin(np.array(also[0].task_ids), np.array(held.task_ids)))
    return table.plus(also[0].rows(seen)), labels.plus(also[1].rows(seen))


def held_out(predictors: Sequence[Predictor], table: FeatureTable, settings: ProbeSettings) -> dict[str, float]:
    """Pass rate of each problem by the cross-validation with all families, which never trained on it; means over repeats and rows.

    Raises DataError when nothing was cross-validated (see `check_enough`).
    """
    name = list(_family_sets(table, settings))[-1]
    found = [predictor.predicted for predictor in predictors if predictor.name == name]
    if not found:
        raise _too_few(len(set(table.task_ids)))
    task_ids, place = np.unique(np.array(table.task_ids), return_inverse=True)
    rates = np.bincount(place, found[0].mean(axis=0)) / np.bincount(place)
    return dict(zip(task_ids.tolist(), rates.tolist(), strict=True))


def check_enough(task_ids: Iterable[str]) -> None:
    """Raise DataError for fewer problems than `applied` cross-validates."""
    if (problems := len(set(task_ids))) < FEWEST:
        raise _too_few(problems)


def _too_few(problems: int) -> DataError:
    return DataError(f"probe: {problems} problems are too few to cross-validate; give {FEWEST} or more")


def _family_sets(table: FeatureTable, settings: ProbeSettings) -> dict[str, tuple[Family, ...]]:
    present: tuple[Family, ...] = tuple(
        family for family in settings.families if (table.spec is not None if family == "states" else bool(table.names))
    )
    alone: dict[str, tuple[Family, ...]] = {family: (family,) for family in present}
    return alone | ({"+".join(present): present} if len(present) > 1 else {})


def _predictor(name: str, predicted: FloatArray, constant: FloatArray, labels: Labels) -> Predictor:
    share = labels.weights / labels.weights.mean()
    theirs, ours = (share * losses(rates, labels.rates).mean(axis=0) for rates in (constant, predicted))
    found = [astuple(score(rates, labels.rates, labels.weights)) for rates in predicted]
    gain = paired_difference(theirs, ours, np.random.default_rng(0))
    return Predictor(name, predicted, Scores(*np.mean(found, axis=0).tolist()), gain)


def applied(
    probe: Probe, table: FeatureTable, labels: Labels, tell: Callable[[int, int], None] = lambda done, total: None
) -> list[Predictor]:
    """Score a trained probe as it stands on labelled problems, beside the constant of its training.

    Where there are problems enough, each family alone is also trained and cross-validated on these problems themselves.
    """
    probe.check(table)
    constant = np.full((1, len(table.task_ids)), probe.card.rate)
    predictors = [
        _predictor("training mean", constant, constant, labels),
        _predictor("probe", probe.predict(table)[None], constant, labels),
    ]
    settings = ProbeSettings.model_validate(probe.card.settings)
    if len(set(table.task_ids)) >= FEWEST:
        predictors += compare(table.only(*probe.card.families), labels, settings, repeats=1, tell=tell)
    return predictors
