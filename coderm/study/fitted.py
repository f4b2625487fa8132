"""The gain models that a study writes: the fits of its own rows, on all problems instead of one half."""

from dataclasses import dataclass

import numpy as np

from coderm.budget.gain_models.curve import Curve
from coderm.budget.gain_models.staged import Staged
from coderm.budget.gain_models.storage import LambdaSource
from coderm.study.data import StudyData
from coderm.study.draws import FIRST
from coderm.study.models import CURVE_BY_EXAMPLES, CURVE_BY_PROBE, ON_PROBE, ON_SURVEY, ON_TEXTS, ON_VOTES, rows_of


@dataclass(frozen=True, slots=True, eq=False)
class FittedModel:
    """file: what its file is called, without rule and ending. rows: of the study, that measured it. source: of its lambda."""

    file: str
    model: Curve | Staged
    rows: tuple[str, ...]
    source: LambdaSource | None = None


def fit_models(data: StudyData) -> list[FittedModel]:
    """Fit every trainable row whose features a run has; rows of a simulated probe or of true pass rates are not among them."""
    every = np.arange(len(data.task_ids))
    first = ON_SURVEY if data.has_examples else ON_TEXTS
    stages = {0: first.fit(data, every), FIRST: ON_VOTES.fit(data, every)}
    found = [FittedModel("learned", Staged(stages), (_name(data, first), _name(data, ON_VOTES)))]
    if data.has_examples:
        curve = CURVE_BY_EXAMPLES.fit(data, every)
        found.append(FittedModel("curve-examples", curve, (_name(data, CURVE_BY_EXAMPLES),), "examples"))
    if data.has_predictions:
        curve, learned = CURVE_BY_PROBE.fit(data, every), Staged({0: ON_PROBE.fit(data, every)})
        found.append(FittedModel("curve-probe", curve, (_name(data, CURVE_BY_PROBE),), "probe"))
        found.append(FittedModel("learned-probe", learned, (_name(data, ON_PROBE),), "probe"))
    return found


def _name(data: StudyData, row: object) -> str:
    return next(name for name, other in rows_of(data).items() if other is row)
