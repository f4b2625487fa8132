"""One problem of the page: its row of the table, and its detail, which a reader opens."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from coderm.arrays import OutcomeArray
from coderm.evaluation.finished_problem import FinishedProblem
from coderm.messages.execution import GRADINGS
from coderm.report.page.arrangement import arrange
from coderm.report.page.rival import Rival, side_by_side
from coderm.selection.base import Rule, Selection

FIRST_LETTER = ord("a")
"""The letter of outcome 0 in `cells`; each outcome has one letter, in the order of their numbers."""
MOST_DETAIL = 200_000
"""Characters of `details` kept for one problem; what is over is left out and counted."""


def row_of(problem: FinishedProblem, selection: Selection, rival: Rival | None, predicted: float | None) -> dict[str, Any]:
    """Return the row of the table. `margin`: score of the chosen less that of the runner-up; None where a figure is unknown."""
    result, passed = problem.result, problem.matrix.passed
    return {
        "task_id": result.problem.task_id,
        "right": _share(problem.correct.mean()) if problem.labelled and problem.correct.size else None,
        "score": _share(problem.score(selection)) if problem.labelled else None,
        "candidates": len(result.candidates),
        "behaviours": len(np.unique(passed, axis=0)) if passed.size else min(len(passed), 1),
        "tests": len(result.tests),
        "units": result.units,
        "predicted": predicted,
        "passed": _share(passed.mean()) if passed.size else None,
        "margin": _margin(selection, rival),
        "cpu_s": round(float(problem.matrix.cpu_s.sum()), 2),
        "tokens": sum(count for role, count in result.tokens.items() if not role.endswith("_prompt")),
        "lost": len(result.lost),
    }


def fates_of(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return how the choice ended among the labelled problems, each with the filter of the table that shows them."""
    labelled = [row for row in rows if row["score"] is not None]
    fates: dict[str, tuple[str, Callable[[Any], bool]]] = {
        "right": ("chosen right", lambda row: row["score"] == 1),
        "tied": ("a tie of right and wrong", lambda row: 0 < row["score"] < 1),
        "missed": ("chosen wrong, a right one was there", lambda row: row["score"] == 0 and bool(row["right"])),
        "hopeless": ("without a right one", lambda row: not row["right"]),
    }
    return [{"filter": name, "title": title, "count": sum(map(holds, labelled))} for name, (title, holds) in fates.items()]


def detail_of(problem: FinishedProblem, selection: Selection, rival: Rival | None, rule: Rule) -> dict[str, Any]:
    """Return all that the page shows of a problem: texts, the matrix in its order, the choice and what it was made from."""
    result, matrix = problem.result, problem.matrix
    order = arrange(matrix, selection.scores)
    details, dropped = _details(problem)
    verdicts = problem.verdicts() if result.problem.judged else [""] * len(result.candidates)
    return {
        "task_id": result.problem.task_id,
        "question": result.problem.question or result.problem.prompt,
        "entry_point": result.problem.entry_point,
        "rule": rule.name,
        "programs": list(result.programs),
        "unit_tests": list(result.unit_tests),
        "rows": [
            _candidate(problem, selection, int(row), int(group), verdicts)
            for row, group in zip(order.rows, order.groups, strict=True)
        ],
        "columns": [_test(problem, int(column)) for column in order.columns],
        "cells": _letters(matrix.outcomes[np.ix_(order.rows, order.columns)]),
        "cpu": [round(float(value), 3) for value in matrix.cpu_s[np.ix_(order.rows, order.columns)].sum(axis=1)],
        "gradings": {name: count for name, count in problem.gradings().items() if name in GRADINGS},
        "rejected": [[place, sample.rejected] for place, sample in enumerate(result.candidates) if sample.rejected],
        "details": details,
        "details_dropped": dropped,
        "lost": list(result.lost),
        **_choice(problem, selection, rival),
    }


def _candidate(problem: FinishedProblem, selection: Selection, row: int, group: int, verdicts: list[str]) -> dict[str, Any]:
    place = int(problem.positions[row])
    return {
        "place": place,
        "program": int(problem.result.program_of[place]),
        "group": group,
        "score": _finite(selection.scores[row]),
        "kept": bool(np.isin(row, selection.kept)),
        "correct": bool(problem.correct[place]) if problem.labelled else None,
        "verdict": verdicts[place],
    }


def _test(problem: FinishedProblem, column: int) -> dict[str, Any]:
    return {
        "place": column,
        "test": int(problem.result.unit_test_of[column]),
        "passes": int(problem.matrix.passed[:, column].sum()),
    }


def _choice(problem: FinishedProblem, selection: Selection, rival: Rival | None) -> dict[str, Any]:
    if selection.chosen is None:
        return {"chosen": None, "rival": None, "diff": [], "parting": []}
    chosen = int(problem.positions[selection.chosen])
    if rival is None:
        return {"chosen": chosen, "rival": None, "diff": [], "parting": []}
    other = int(problem.positions[rival.row])
    candidates = problem.result.candidates
    return {
        "chosen": chosen,
        "rival": other,
        "diff": side_by_side(candidates[chosen].code, candidates[other].code),
        "parting": list(rival.parting),
    }


def _details(problem: FinishedProblem) -> tuple[dict[str, str], int]:
    """Texts by `program,test`, and how many were left out."""
    kept: dict[str, str] = {}
    room = MOST_DETAIL
    for (program, test), text in problem.result.details.items():
        room -= len(text)
        if room >= 0:
            kept[f"{program},{test}"] = text
    return kept, len(problem.result.details) - len(kept)


def _letters(outcomes: OutcomeArray) -> str:
    return bytes(outcomes.ravel().astype(np.uint8) + FIRST_LETTER).decode("ascii")


def _margin(selection: Selection, rival: Rival | None) -> float | None:
    if selection.chosen is None or rival is None:
        return None
    return _finite(selection.scores[selection.chosen] - selection.scores[rival.row])


def _finite(value: Any) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _share(value: Any) -> float:
    return round(float(value), 4)
