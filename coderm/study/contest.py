"""Compares gain models: fitted on one half of the problems, scored on the other, over many halves.

Every model spends the same budget under the same caps (the tests a problem has), so differences are paired by problem.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coderm.arrays import FloatArray, IndexArray
from coderm.study.data import StudyData
from coderm.study.models import Spend, rows_of


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """One gain model at B average budgets. accuracy: (B, P), each problem over the splits in which it was scored; units: (B, P)
    tests it was given there. A problem that no split scored is NaN; 20 splits leave one out with a chance of one in a million.
    """

    accuracy: FloatArray
    units: FloatArray


def compare_models(data: StudyData, budgets: Sequence[int], splits: int, seed: int) -> dict[str, Scores]:
    """Score every row: it spends average `budgets` on the half it was not fitted to."""
    problems = len(data.task_ids)
    rows = rows_of(data)
    totals = {name: np.zeros((2, len(budgets), problems)) for name in rows}
    times = np.zeros(problems)
    rng = np.random.default_rng((seed, 2))
    for _ in range(splits):
        order = rng.permutation(problems)
        trained, scored = np.sort(order[: problems // 2]), np.sort(order[problems // 2 :])
        times[scored] += 1
        for name, row in rows.items():
            totals[name][..., scored] += _scores(data, row.spend(data, trained, scored), scored, budgets)
    with np.errstate(invalid="ignore"):
        return {name: Scores(*(total / np.where(times, times, np.nan))) for name, total in totals.items()}


def _scores(data: StudyData, spend: Spend, scored: IndexArray, budgets: Sequence[int]) -> FloatArray:
    """(2, B, P) accuracy and units of one split, over draws."""
    draws = range(data.draws.accuracy.shape[1])
    result = np.empty((2, len(budgets), len(scored)))
    for row, budget in enumerate(budgets):
        units = [spend(draw, budget * len(scored)) for draw in draws]
        result[0, row] = np.mean([data.draws.accuracy[scored, draw, units[draw]] for draw in draws], axis=0)
        result[1, row] = np.mean(units, axis=0)
    return result
