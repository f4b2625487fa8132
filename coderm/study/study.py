"""From labelled problems to the study's figures: every rule, every gain model, average budgets, intervals, differences to equal."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from coderm.arrays import FloatArray
from coderm.config.schema import SelectionConfig
from coderm.errors import ConfigError, DataError
from coderm.evaluation.intervals import bootstrap_mean, paired_difference
from coderm.evaluation.pass_rate_bins import EDGES, bin_name
from coderm.selection.factory import RULES, make_rules
from coderm.study.cases import LabelledProblem
from coderm.study.contest import Scores, compare_models
from coderm.study.data import BUDGETS, StudyData, make_data
from coderm.study.draws import draw, whole_scores
from coderm.study.fitted import FittedModel, fit_models

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
    """figures: plain data; accuracies in percent, intervals at 95 % over problems. models: fitted to all problems, by rule."""

    figures: Figures
    models: dict[str, list[FittedModel]]


def study(problems: Sequence[LabelledProblem], plan: StudyPlan, selection: SelectionConfig | None = None) -> Study:
    """Compare gain models under every rule.

    Raises DataError for fewer problems than two halves need, ConfigError for a plan that cannot be carried out.
    """
    _check(problems, plan)
    rules = {n: rule for n, rule in make_rules(selection or SelectionConfig()).items() if not plan.rules or n in plan.rules}
    most = max(max(BUDGETS), *(problem.passed.shape[1] for problem in problems))
    figures: Figures = {
        "problems": len(problems),
        "pass_at_1": 100 * float(np.mean([problem.rate for problem in problems])),
        "pass_at_n": 100 * float(np.mean([problem.correct.any() for problem in problems])),
        "pairs_without_verdict": sum(problem.unknown for problem in problems),
        "plan": asdict(plan),
        "budgets": list(BUDGETS),
        "pass_rates": [bin_name(number) for number in range(len(EDGES) + 1)],
        "cases": [_problem_row(problem) for problem in problems],
        "rules": {},
    }
    models: dict[str, list[FittedModel]] = {}
    for name, rule in rules.items():
        data = make_data(problems, draw(rule, problems, plan.draws, plan.seed, most, examples=plan.examples), plan.seed)
        whole = 100 * whole_scores(rule, problems, examples=plan.examples)
        models[name] = fit_models(data)
        figures["rules"][name] = _rule_figures(data, whole, plan) | {
            "files": {f"{found.file}-{name}.json": list(found.rows) for found in models[name]}
        }
    return Study(figures, models)


def _check(problems: Sequence[LabelledProblem], plan: StudyPlan) -> None:
    if len(problems) < FEWEST:
        raise DataError(f"a study needs at least {FEWEST} labelled problems, not {len(problems)}; add some")
    if set(plan.rules) - set(RULES) or plan.splits < 1 or plan.draws < 1:
        raise ConfigError(f"study: choose rules of {', '.join(RULES)}, and at least one split and one draw")
    if plan.examples and not any(problem.has_examples for problem in problems):
        raise ConfigError("study: no problem has visible examples that were run, so none can enter the choice; give --examples")


def _rule_figures(data: StudyData, whole: FloatArray, plan: StudyPlan) -> Figures:
    found = compare_models(data, BUDGETS, plan.splits, plan.seed)
    scores = {model: found[model] for model in sorted(found, key=lambda name: "gold" in name)}  # models first, then bounds
    return {
        "all_tests": float(whole.mean()),
        "scores": whole.tolist(),
        "models": {model: _row(one, scores, plan.seed) for model, one in scores.items()},
        "spent": {model: _spent(one.units, data.rates) for model, one in scores.items()},
    }


def _problem_row(problem: LabelledProblem) -> Figures:
    predicted = problem.predicted if np.isfinite(problem.predicted) else None
    return {"task_id": problem.task_id, "pass_rate": problem.rate, "predicted": predicted, "tests": problem.passed.shape[1]}


def _spent(units: FloatArray, rates: FloatArray) -> list[list[float | None]]:
    """Per budget the mean tests of a problem in each bin of true pass rates; None where no problem is."""
    place = np.digitize(rates, EDGES)
    fair = np.isfinite(units[0])
    bins = [fair & (place == number) for number in range(len(EDGES) + 1)]
    return [[float(row[where].mean()) if where.any() else None for where in bins] for row in units]


def _row(one: Scores, scores: dict[str, Scores], seed: int) -> list[Figures]:
    """One entry per budget."""
    entries = []
    for at, row in enumerate(one.accuracy):
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
