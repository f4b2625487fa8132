"""The contest between gain models: fitted on one half of the problems, scored on the other, over many halves.

Every model spends the same budget under the same caps (the tests a problem has), so differences are paired by problem.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from coderm.budget.allocator import allocate
from coderm.budget.base import LAMBDA, GainModel, ProblemFeatures
from coderm.budget.curve import Curve
from coderm.budget.equal import Equal
from coderm.budget.features import SHOWN, SURVEY_FEATURES, TEXT_FEATURES, shown_rates, survey_features
from coderm.budget.gains import UnitArray
from coderm.budget.gold import Gold
from coderm.budget.learned import Learned
from coderm.budget.paper import Paper
from coderm.budget.votes import VOTE_FEATURES
from coderm.matrix import FloatArray, IndexArray
from coderm.study.cases import Case
from coderm.study.draws import FIRST, Draws

NOISE = 0.15
"""Standard deviation of the simulated probe's error on lambda; labels hold no real probe's output."""

Spend = Callable[[int, int], UnitArray]
"""(draw, budget) -> units of the problems scored."""


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """What models may look at. survey: (P, F) without labels, as in a run. rates: (P,) true lambda. noisy: (P,) of a simulated
    probe. predicted: (P,) of a real one, NaN without.
    """

    task_ids: tuple[str, ...]
    survey: FloatArray
    rates: FloatArray
    noisy: FloatArray
    predicted: FloatArray
    draws: Draws

    def features(self, which: IndexArray, names: tuple[str, ...], values: FloatArray) -> ProblemFeatures:
        """Features of some problems."""
        return ProblemFeatures(tuple(self.task_ids[i] for i in which), names, values[which])

    def shown(self) -> FloatArray:
        """(P,) share of candidates that pass all visible examples; where there are none, the mean over the other problems."""
        return shown_rates(self.survey)

    def curves(self) -> FloatArray:
        """(P, C + 1) accuracy by number of tests, over draws."""
        mean: FloatArray = self.draws.accuracy.mean(axis=1)
        return mean


def make_field(cases: Sequence[Case], draws: Draws, seed: int) -> Field:
    """Collect features, rates and a simulated probe."""
    rates = np.array([case.correct.mean() if case.correct.size else 0.0 for case in cases])
    noise = NOISE * np.random.default_rng((seed, 1)).normal(size=len(cases))
    survey = np.stack([survey_features(case.programs, case.question, case.examples) for case in cases])
    predicted = np.array([case.predicted for case in cases])
    return Field(tuple(case.task_id for case in cases), survey, rates, np.clip(rates + noise, 0, 1), predicted, draws)


def _spending(field: Field, model: GainModel, features: ProblemFeatures, scored: IndexArray) -> Spend:
    """One round: units do not depend on the draw."""
    gains, caps = model.gains(features), field.draws.tests[scored]

    @cache
    def units(budget: int) -> UnitArray:
        return allocate(gains, min(budget, int(caps.sum())), 0, caps)

    return lambda draw, budget: units(budget)


def equal(field: Field, trained: IndexArray, scored: IndexArray) -> Spend:
    return _spending(field, Equal(), ProblemFeatures.none(tuple(field.task_ids[i] for i in scored)), scored)


def paper_of(rates: Callable[[Field], FloatArray]) -> Callable[[Field, IndexArray, IndexArray], Spend]:
    """The paper's gains under some lambda."""

    def contestant(field: Field, trained: IndexArray, scored: IndexArray) -> Spend:
        return _spending(field, Paper(), field.features(scored, (LAMBDA,), rates(field)[:, None]), scored)

    return contestant


def curve_of(rates: Callable[[Field], FloatArray]) -> Callable[[Field, IndexArray, IndexArray], Spend]:
    """Curves per difficulty under some lambda."""

    def contestant(field: Field, trained: IndexArray, scored: IndexArray) -> Spend:
        model = Curve.fit(rates(field)[trained], field.curves()[trained])
        return _spending(field, model, field.features(scored, (LAMBDA,), rates(field)[:, None]), scored)

    return contestant


def learned_from(names: tuple[str, ...]) -> Callable[[Field, IndexArray, IndexArray], Spend]:
    """The learned model on some of the survey's features."""

    def contestant(field: Field, trained: IndexArray, scored: IndexArray) -> Spend:
        values = field.survey[:, [SURVEY_FEATURES.index(name) for name in names]]
        model = Learned.fit(field.features(trained, names, values), field.curves()[trained])
        return _spending(field, model, field.features(scored, names, values), scored)

    return contestant


def after_first_tests(field: Field, trained: IndexArray) -> Learned:
    """The stage that hears votes: one row per problem and draw of its first tests."""
    votes = field.draws.votes[trained]
    draws = votes.shape[1]
    group = np.repeat(trained, draws)
    rows = np.hstack([field.survey[group], votes.reshape(len(group), -1)])
    task_ids = tuple(field.task_ids[i] for i in group)
    return Learned.fit(ProblemFeatures(task_ids, SURVEY_FEATURES + VOTE_FEATURES, rows), field.curves()[group], group, start=FIRST)


def learned_with_probe(field: Field, trained: IndexArray, scored: IndexArray) -> Spend:
    """The survey and a real probe's prediction."""
    names, values = (*SURVEY_FEATURES, LAMBDA), np.column_stack([field.survey, field.predicted])
    model = Learned.fit(field.features(trained, names, values), field.curves()[trained])
    return _spending(field, model, field.features(scored, names, values), scored)


def learned_in_two_rounds(field: Field, trained: IndexArray, scored: IndexArray) -> Spend:
    """FIRST tests for everybody, then curves from the survey and votes; budgets below the first round are spread evenly."""
    draws, names, caps = field.draws, SURVEY_FEATURES + VOTE_FEATURES, field.draws.tests[scored]
    first, even = np.minimum(FIRST, caps), equal(field, trained, scored)

    def seen(draw: int) -> FloatArray:
        return np.hstack([field.survey, draws.votes[:, draw]])

    model = after_first_tests(field, trained)
    gains = [model.gains(field.features(scored, names, seen(draw))) for draw in range(draws.votes.shape[1])]

    def spend(draw: int, budget: int) -> UnitArray:
        if budget <= first.sum():
            return even(draw, budget)
        return allocate(gains[draw], min(budget, int(caps.sum())), first, caps)

    return spend


def own_curve(field: Field, trained: IndexArray, scored: IndexArray) -> Spend:
    """Looks at the labels of the problems it is scored on: what could be reached, not what a model reaches."""
    model = Gold(field.task_ids, field.curves())
    return _spending(field, model, ProblemFeatures.none(tuple(field.task_ids[i] for i in scored)), scored)


CONTESTANTS: dict[str, Callable[[Field, IndexArray, IndexArray], Spend]] = {
    "equal": equal,
    "learned (texts)": learned_from(TEXT_FEATURES),
    "learned (votes of 2 tests)": learned_in_two_rounds,
    "paper (simulated probe)": paper_of(lambda field: field.noisy),
    "curve (simulated probe)": curve_of(lambda field: field.noisy),
    "paper (gold lambda)": paper_of(lambda field: field.rates),
    "curve (gold lambda)": curve_of(lambda field: field.rates),
    "gold (own curve)": own_curve,
}
"""Rows of the study. The first three need no labels of the problems they spend on; a simulated probe is the true lambda with
noise; gold rows look at labels."""

EXAMPLES: dict[str, Callable[[Field, IndexArray, IndexArray], Spend]] = {
    "learned (texts, examples)": learned_from(SURVEY_FEATURES),
    "paper (examples)": paper_of(Field.shown),
    "curve (examples)": curve_of(Field.shown),
}
"""Rows added when visible examples were run: lambda is taken to be the share of candidates that pass them all. No labels."""

PROBED: dict[str, Callable[[Field, IndexArray, IndexArray], Spend]] = {
    "learned (survey, probe)": learned_with_probe,
    "paper (probe)": paper_of(lambda field: field.predicted),
    "curve (probe)": curve_of(lambda field: field.predicted),
}
"""Rows added when every problem has a probe's prediction; it must come from a probe that was not trained on the problem."""


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """One contestant at B average budgets. accuracy: (B, P), each problem over the splits in which it was scored; units: (B, P)
    tests it was given there. A problem that no split scored is NaN; 20 splits leave one out with a chance of one in a million.
    """

    accuracy: FloatArray
    units: FloatArray


def contestants_of(field: Field) -> dict[str, Callable[[Field, IndexArray, IndexArray], Spend]]:
    """The rows that what is known of the problems allows."""
    examples = EXAMPLES if field.survey[:, SURVEY_FEATURES.index(SHOWN)].any() else {}
    probed = {} if np.isnan(field.predicted).any() else PROBED
    return CONTESTANTS | examples | probed


def contest(field: Field, budgets: Sequence[int], splits: int, seed: int) -> dict[str, Standing]:
    """Hold it: every contestant spends average `budgets` on the half it was not fitted to."""
    problems = len(field.task_ids)
    contestants = contestants_of(field)
    totals = {name: np.zeros((2, len(budgets), problems)) for name in contestants}
    times = np.zeros(problems)
    rng = np.random.default_rng((seed, 2))
    for _ in range(splits):
        order = rng.permutation(problems)
        trained, scored = np.sort(order[: problems // 2]), np.sort(order[problems // 2 :])
        times[scored] += 1
        for name, contestant in contestants.items():
            totals[name][..., scored] += _scores(field, contestant(field, trained, scored), scored, budgets)
    with np.errstate(invalid="ignore"):
        return {name: Standing(*(total / np.where(times, times, np.nan))) for name, total in totals.items()}


def _scores(field: Field, spend: Spend, scored: IndexArray, budgets: Sequence[int]) -> FloatArray:
    """(2, B, P) accuracy and units of one split, over draws."""
    draws = range(field.draws.accuracy.shape[1])
    result = np.empty((2, len(budgets), len(scored)))
    for row, budget in enumerate(budgets):
        units = [spend(draw, budget * len(scored)) for draw in draws]
        result[0, row] = np.mean([field.draws.accuracy[scored, draw, units[draw]] for draw in draws], axis=0)
        result[1, row] = np.mean(units, axis=0)
    return result
