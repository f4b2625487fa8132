"""From cases to the study's figures: every rule, every gain model, average budgets, intervals, differences to equal."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from coderm.budget.curve import Curve
from coderm.budget.features import SURVEY_FEATURES
from coderm.budget.learned import Learned
from coderm.budget.rounds import Staged
from coderm.config import SelectionConfig
from coderm.errors import ConfigError, DataError
from coderm.expenditure import EDGES, bin_name
from coderm.matrix import FloatArray
from coderm.metrics import bootstrap_mean, paired_difference
from coderm.selection.factory import RULES, make_rules
from coderm.study.cases import Case
from coderm.study.contest import Field, Standing, after_first_tests, contest, make_field
from coderm.study.draws import FIRST, draw, whole_scores

BUDGETS = (1, 2, 4, 8, 16, 32, 64)
"""Average tests per problem (paper: the same)."""
FEWEST = 8
"""Problems below which a half cannot be fitted."""

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """How much is drawn. rules: names, empty for all. examples: the choice is made as `selection.examples` makes it."""

    rules: tuple[str, ...] = ()
    splits: int = 20
    draws: int = 20
    seed: int = 0
    examples: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """figures: plain data; accuracies in percent, intervals at 95 % over problems. fields: what was drawn under each rule."""

    figures: Figures
    fields: dict[str, Field]


def study(cases: Sequence[Case], plan: StudyPlan, selection: SelectionConfig | None = None) -> Study:
    """Hold the contest between gain models under every rule.

    Raises DataError for fewer problems than two halves need, ConfigError for a plan that cannot be carried out.
    """
    if len(cases) < FEWEST:
        raise DataError(f"a study needs at least {FEWEST} labelled problems, not {len(cases)}; add some")
    unknown = set(plan.rules) - set(RULES)
    if unknown or plan.splits < 1 or plan.draws < 1:
        raise ConfigError(f"study: choose rules of {', '.join(RULES)}, and at least one split and one draw")
    if plan.examples and not any(case.examples is not None and case.examples.size for case in cases):
        raise ConfigError("study: no problem has visible examples that were run, so none can enter the choice; give --examples")
    rules = {n: rule for n, rule in make_rules(selection or SelectionConfig()).items() if not plan.rules or n in plan.rules}
    most = max(max(BUDGETS), *(case.passed.shape[1] for case in cases))
    figures: Figures = {
        "problems": len(cases),
        "pass_at_1": 100 * float(np.mean([case.correct.mean() for case in cases])),
        "pass_at_n": 100 * float(np.mean([case.correct.any() for case in cases])),
        "plan": asdict(plan),
        "budgets": list(BUDGETS),
        "pass_rates": [bin_name(number) for number in range(len(EDGES) + 1)],
        "cases": [_told(case) for case in cases],
        "rules": {},
    }
    fields: dict[str, Field] = {}
    for name, rule in rules.items():
        field = fields[name] = make_field(cases, draw(rule, cases, plan.draws, plan.seed, most, examples=plan.examples), plan.seed)
        found = contest(field, BUDGETS, plan.splits, plan.seed)
        scores = {model: found[model] for model in sorted(found, key=lambda name: "gold" in name)}  # models first, then bounds
        whole = 100 * whole_scores(rule, cases, examples=plan.examples)
        figures["rules"][name] = {
            "all_tests": float(whole.mean()),
            "scores": whole.tolist(),
            "models": {model: _row(standing, scores, plan.seed) for model, standing in scores.items()},
            "spent": {model: _spent(standing.units, field.rates) for model, standing in scores.items()},
        }
    return Study(figures, fields)


def _told(case: Case) -> Figures:
    predicted = case.predicted if np.isfinite(case.predicted) else None
    rate = float(case.correct.mean()) if case.correct.size else 0.0
    return {"task_id": case.task_id, "pass_rate": rate, "predicted": predicted, "tests": case.passed.shape[1]}


def _spent(units: FloatArray, rates: FloatArray) -> list[list[float | None]]:
    """Per budget the mean tests of a problem in each bin of true pass rates; None where no problem is."""
    place = np.digitize(rates, EDGES)
    fair = np.isfinite(units[0])
    bins = [fair & (place == number) for number in range(len(EDGES) + 1)]
    return [[float(row[where].mean()) if where.any() else None for where in bins] for row in units]


def fitted(field: Field) -> tuple[Curve, Staged]:
    """Fit both trainable models to all problems of a field, for use on others."""
    every = np.arange(len(field.task_ids))
    survey = field.features(every, SURVEY_FEATURES, field.survey)
    stages = {0: Learned.fit(survey, field.curves()), FIRST: after_first_tests(field, every)}
    return Curve.fit(field.rates, field.curves()), Staged(stages)


def _row(standing: Standing, scores: dict[str, Standing], seed: int) -> list[Figures]:
    """One entry per budget."""
    entries = []
    for at, row in enumerate(standing.accuracy):
        even, own = scores["equal"].accuracy[at], scores["gold (own curve)"].accuracy[at]
        fair = np.isfinite(row)
        rng = np.random.default_rng((seed, 3))
        accuracy = bootstrap_mean(100 * row[fair], rng)
        gain = paired_difference(100 * row[fair], 100 * even[fair], np.random.default_rng((seed, 4)))
        reach = float((own - even)[fair].mean()) * 100
        entries.append(
            {
                "accuracy": asdict(accuracy),
                "gain_over_equal": asdict(gain),
                "share_of_own_curve": gain.mean / reach if abs(reach) > 1e-9 else None,
            }
        )
    return entries
