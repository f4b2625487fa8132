"""The gain models under study, one row each: how it is fitted, what it looks at, and how it spends.

The model that a study writes for a row is the row's own fit, on all problems instead of one half.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Generic, Protocol, TypeVar

import numpy as np

from coderm.arrays import FloatArray, IndexArray, UnitArray
from coderm.budget.allocation.greedy import allocate
from coderm.budget.features.survey import SURVEY_FEATURES, TEXT_FEATURES
from coderm.budget.features.votes import VOTE_FEATURES
from coderm.budget.gain_models.base import LAMBDA, GainModel, ProblemFeatures
from coderm.budget.gain_models.curve import Curve
from coderm.budget.gain_models.equal import Equal
from coderm.budget.gain_models.gold import Gold
from coderm.budget.gain_models.learned import Learned
from coderm.budget.gain_models.paper import Paper
from coderm.study.data import StudyData
from coderm.study.draws import FIRST

Spend = Callable[[int, int], UnitArray]
"""(draw, budget) -> units of the problems scored."""
Model = TypeVar("Model", bound=GainModel)
Values = Callable[[StudyData], FloatArray]
"""(P, F) values of the features that a model reads."""


class Row(Protocol):
    """A gain model under study."""

    def spend(self, data: StudyData, trained: IndexArray, scored: IndexArray) -> Spend:
        """Fit on some problems and spend on others; every row spends the same budget under the same caps."""


@dataclass(frozen=True, slots=True, eq=False)
class OneRound(Generic[Model]):
    """Spends everything before any vote. fit: the model, from some problems. names, values: the features it reads."""

    fit: Callable[[StudyData, IndexArray], Model]
    names: tuple[str, ...] = ()
    values: Values = lambda data: np.zeros((len(data.task_ids), 0))

    def spend(self, data: StudyData, trained: IndexArray, scored: IndexArray) -> Spend:
        """Units do not depend on the draw."""
        gains = self.fit(data, trained).gains(data.features(scored, self.names, self.values(data)))
        caps = data.draws.tests[scored]

        @cache
        def units(budget: int) -> UnitArray:
            return allocate(gains, min(budget, int(caps.sum())), 0, caps)

        return lambda draw, budget: units(budget)


class TwoRounds:
    """FIRST tests for everybody, then curves from the survey and votes; budgets below the first round are spread evenly."""

    names = SURVEY_FEATURES + VOTE_FEATURES

    def fit(self, data: StudyData, trained: IndexArray) -> Learned:
        """The stage that hears votes: one row per problem and draw of its first tests."""
        votes = data.draws.votes[trained]
        group = np.repeat(trained, votes.shape[1])
        values = np.hstack([data.survey[group], votes.reshape(len(group), -1)])
        task_ids = tuple(data.task_ids[i] for i in group)
        return Learned.fit(ProblemFeatures(task_ids, self.names, values), data.curves()[group], group, start=FIRST)

    def spend(self, data: StudyData, trained: IndexArray, scored: IndexArray) -> Spend:
        draws, caps = data.draws, data.draws.tests[scored]
        first, even, model = np.minimum(FIRST, caps), EQUAL.spend(data, trained, scored), self.fit(data, trained)
        seen = [np.hstack([data.survey, draws.votes[:, draw]]) for draw in range(draws.votes.shape[1])]
        gains = [model.gains(data.features(scored, self.names, values)) for values in seen]

        def spend(draw: int, budget: int) -> UnitArray:
            if budget <= first.sum():
                return even(draw, budget)
            return allocate(gains[draw], min(budget, int(caps.sum())), first, caps)

        return spend


def paper_on(rates: Values) -> OneRound[Paper]:
    """The paper's gains under some lambda, (P,)."""
    return OneRound(lambda data, trained: Paper(), (LAMBDA,), lambda data: rates(data)[:, None])


def curve_on(rates: Values) -> OneRound[Curve]:
    """Curves per difficulty, fitted to and read at the same lambda, (P,)."""

    def fit(data: StudyData, trained: IndexArray) -> Curve:
        return Curve.fit(rates(data)[trained], data.curves()[trained])

    return OneRound(fit, (LAMBDA,), lambda data: rates(data)[:, None])


def learned_on(names: tuple[str, ...], values: Values) -> OneRound[Learned]:
    """The learned model on these features."""

    def fit(data: StudyData, trained: IndexArray) -> Learned:
        return Learned.fit(data.features(trained, names, values(data)), data.curves()[trained])

    return OneRound(fit, names, values)


def _texts(data: StudyData) -> FloatArray:
    return data.survey[:, [SURVEY_FEATURES.index(name) for name in TEXT_FEATURES]]


EQUAL = OneRound(lambda data, trained: Equal())
ON_TEXTS = learned_on(TEXT_FEATURES, _texts)
ON_SURVEY = learned_on(SURVEY_FEATURES, lambda data: data.survey)
ON_PROBE = learned_on((*SURVEY_FEATURES, LAMBDA), lambda data: np.column_stack([data.survey, data.predicted]))
ON_VOTES = TwoRounds()
CURVE_BY_EXAMPLES = curve_on(StudyData.example_rates)
CURVE_BY_PROBE = curve_on(lambda data: data.predicted)

MODELS: dict[str, Row] = {
    "equal": EQUAL,
    "learned (texts)": ON_TEXTS,
    "learned (votes of 2 tests)": ON_VOTES,
    "paper (simulated probe)": paper_on(lambda data: data.noisy),
    "curve (simulated probe)": curve_on(lambda data: data.noisy),
    "paper (gold lambda)": paper_on(lambda data: data.rates),
    "curve (gold lambda)": curve_on(lambda data: data.rates),
    "gold (own curve)": OneRound(lambda data, trained: Gold(data.task_ids, data.curves())),
}
"""Rows of every study. The first three need no labels of the problems they spend on; a simulated probe is the true lambda with
noise; gold rows look at labels: what could be reached, not what a model reaches."""

EXAMPLE_MODELS: dict[str, Row] = {
    "learned (texts, examples)": ON_SURVEY,
    "paper (examples)": paper_on(StudyData.example_rates),
    "curve (examples)": CURVE_BY_EXAMPLES,
}
"""Rows added when visible examples were run: lambda is taken to be the share of candidates that pass them all. No labels."""

PROBE_MODELS: dict[str, Row] = {
    "learned (survey, probe)": ON_PROBE,
    "paper (probe)": paper_on(lambda data: data.predicted),
    "curve (probe)": CURVE_BY_PROBE,
}
"""Rows added when every problem has a probe's prediction; it must come from a probe that was not trained on the problem."""


def rows_of(data: StudyData) -> dict[str, Row]:
    """The rows that what is known of the problems allows."""
    return MODELS | (EXAMPLE_MODELS if data.has_examples else {}) | (PROBE_MODELS if data.has_predictions else {})
