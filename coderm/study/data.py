"""What gain models under study may look at: features; true, simulated and predicted pass rates; the draws they are scored on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coderm.arrays import FloatArray, IndexArray
from coderm.budget.features.survey import EXAMPLES, SURVEY_FEATURES, example_rates, survey_features
from coderm.budget.gain_models.base import ProblemFeatures
from coderm.study.cases import LabelledProblem
from coderm.study.draws import Draws

BUDGETS = (1, 2, 4, 8, 16, 32, 64)
"""Average tests per problem (paper: the same)."""
NOISE = 0.15
"""Standard deviation of the simulated probe's error on lambda; labels hold no real probe's output."""


@dataclass(frozen=True, slots=True, eq=False)
class StudyData:
    """P problems. survey: (P, F) without labels, as in a run. rates: (P,) true lambda. noisy: (P,) of a simulated probe.
    predicted: (P,) of a real one, NaN without.
    """

    task_ids: tuple[str, ...]
    survey: FloatArray
    rates: FloatArray
    noisy: FloatArray
    predicted: FloatArray
    draws: Draws

    def features(self, which: IndexArray, names: tuple[str, ...], values: FloatArray) -> ProblemFeatures:
        """Features of some problems. values: (P, F) of all."""
        return ProblemFeatures(tuple(self.task_ids[i] for i in which), names, values[which])

    @property
    def has_examples(self) -> bool:
        """Whether any problem has visible examples that were run."""
        return bool(self.survey[:, SURVEY_FEATURES.index(EXAMPLES)].any())

    @property
    def has_predictions(self) -> bool:
        """Whether a probe predicted every problem."""
        return not np.isnan(self.predicted).any()

    def example_rates(self) -> FloatArray:
        """(P,) share of candidates that pass all visible examples; where there are none, the mean over the other problems."""
        return example_rates(self.survey)

    def curves(self) -> FloatArray:
        """(P, C + 1) accuracy by number of tests, over draws."""
        mean: FloatArray = self.draws.accuracy.mean(axis=1)
        return mean


def make_data(problems: Sequence[LabelledProblem], draws: Draws, seed: int) -> StudyData:
    """Collect features, rates and a simulated probe."""
    rates = np.array([problem.rate for problem in problems])
    survey = np.stack([survey_features(problem.observed) for problem in problems])
    predicted = np.array([problem.predicted for problem in problems])
    noisy = simulated_probe(rates, np.random.default_rng((seed, 1)))
    return StudyData(tuple(problem.task_id for problem in problems), survey, rates, noisy, predicted, draws)


def simulated_probe(rates: FloatArray, rng: np.random.Generator) -> FloatArray:
    """(P,) true pass rates with normal noise of standard deviation NOISE, cut to [0, 1]."""
    return np.clip(rates + NOISE * rng.normal(size=len(rates)), 0, 1)
