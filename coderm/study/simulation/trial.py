"""One simulated trial: test quality against the published one, every rule, and gain models under one rule."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coderm.arrays import FloatArray
from coderm.budget.allocation.greedy import allocate
from coderm.budget.gain_models.base import LAMBDA, GainModel, ProblemFeatures
from coderm.budget.gain_models.curve import Curve
from coderm.budget.gain_models.equal import Equal
from coderm.budget.gain_models.gold import Gold
from coderm.budget.gain_models.paper import Paper
from coderm.evaluation.confusion import Confusion
from coderm.evaluation.intervals import bootstrap_mean, paired_difference
from coderm.selection.base import Rule, keep_best, select
from coderm.selection.max_pass import MaxPass
from coderm.study.data import simulated_probe
from coderm.study.simulation.world import Simulated

SIZES = (0, 1, 2, 4, 8, 16, 32, 64)
"""Numbers of tests a curve is scored at; between, accuracy is taken to change evenly."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """scores: (P,) best-of-N by rule. curves: (P, C + 1) under one rule. rates: (P,) lambda. one, every: quality of tests."""

    scores: dict[str, FloatArray]
    curves: FloatArray
    rates: FloatArray
    one: Confusion
    every: Confusion


def run_trial(problems: Iterable[Simulated], rules: dict[str, Rule], curve_rule: str) -> Trial:
    """Judge simulated problems one at a time; memory holds a curve per problem only."""
    scores: dict[str, list[float]] = {name: [] for name in rules}
    curves, rates = [], []
    one = every = Confusion.nothing()
    for problem in problems:
        for name, rule in rules.items():
            scores[name].append(select(rule, problem.passed).fraction_correct(problem.correct))
        curves.append(_curve(rules[curve_rule], problem))
        rates.append(float(problem.correct.mean()))
        one = one + _confusion(problem.passed, problem.correct[:, None])
        top = np.zeros(problem.correct.shape, np.bool_)
        top[keep_best(MaxPass()(problem.passed))] = True
        every = every + _confusion(top, problem.correct)
    return Trial({name: np.array(values) for name, values in scores.items()}, np.array(curves), np.array(rates), one, every)


def _curve(rule: Rule, problem: Simulated) -> FloatArray:
    """(C + 1,) accuracy with the first 0 .. C tests; simulated tests come in no particular order."""
    tests = problem.passed.shape[1]
    sizes = sorted({size for size in SIZES if size < tests} | {tests})
    scores = [select(rule, problem.passed[:, :size]).fraction_correct(problem.correct) for size in sizes]
    return np.interp(np.arange(tests + 1), sizes, scores)


def _confusion(accepted: Any, correct: Any) -> Confusion:
    return Confusion.count(accepted, correct, np.ones((), np.bool_))


def quality(confusion: Confusion) -> tuple[float, float, float, float]:
    """Accuracy, F1, and the paper's FAR and FRR (false discovery and false omission rates), percent."""
    figures = confusion.accuracy, confusion.f1, confusion.false_discovery_rate, confusion.false_omission_rate
    return tuple(100 * float(figure) for figure in figures)  # type: ignore[return-value]


def rule_figures(trial: Trial, seed: int) -> dict[str, Any]:
    """Best-of-N percent of each rule, and its difference to the majority vote, with 95 % intervals over problems."""
    base = 100 * trial.scores["coderm"]
    return {
        name: {
            "best_of_n": bootstrap_mean(100 * values, np.random.default_rng((seed, 1))),
            "minus_coderm": paired_difference(100 * values, base, np.random.default_rng((seed, 2))),
        }
        for name, values in trial.scores.items()
    }


def model_figures(trial: Trial, budgets: Sequence[int], seed: int) -> dict[str, list[float]]:
    """Best-of-N percent at average budgets; models are fitted on the first half of the problems, scored on the second."""
    problems, width = len(trial.rates), trial.curves.shape[1] - 1
    half = problems // 2
    ids = tuple(map(str, range(problems)))
    noisy = simulated_probe(trial.rates, np.random.default_rng((seed, 3)))
    models: dict[str, tuple[GainModel, FloatArray]] = {
        "equal": (Equal(), trial.rates),
        "paper (simulated probe)": (Paper(), noisy),
        "curve (simulated probe)": (Curve.fit(noisy[:half], trial.curves[:half]), noisy),
        "paper (gold lambda)": (Paper(), trial.rates),
        "curve (gold lambda)": (Curve.fit(trial.rates[:half], trial.curves[:half]), trial.rates),
        "gold (own draw)": (Gold(ids, trial.curves), trial.rates),
    }
    figures = {}
    scored = np.arange(half, problems)
    for name, (model, rates) in models.items():
        gains = model.gains(ProblemFeatures(ids[half:], (LAMBDA,), rates[half:, None]))
        units = [allocate(gains, min(budget, width) * len(scored), 0, width) for budget in budgets]
        figures[name] = [100 * float(trial.curves[scored, given].mean()) for given in units]
    return figures
