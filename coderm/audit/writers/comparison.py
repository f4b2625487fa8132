"""Writers compared: every figure pooled over problems with its interval, and the paired difference to the first writer."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from coderm.audit.writers.figures import ALL_FIGURES, Ratio, problem_figures
from coderm.audit.writers.judging import Contest
from coderm.evaluation.ratios import ratio, ratio_difference, resampled
from coderm.messages.execution import Outcome
from coderm.selection.base import Rule

Figures = dict[str, Any]


@dataclass
class Comparison:
    """Filled one problem at a time. figures: by writer, those of each problem."""

    names: Sequence[str]
    rule: Rule
    task_ids: list[str] = field(default_factory=list)
    figures: dict[str, list[dict[str, Ratio]]] = field(default_factory=dict)
    rejected: dict[str, Counter[str]] = field(default_factory=dict)
    lost: int = 0

    def add(self, found: Contest) -> None:
        """Take one problem in."""
        self.task_ids.append(found.task_id)
        for name in self.names:
            judged = found.writers[name]
            self.figures.setdefault(name, []).append(problem_figures(judged, found.truth, self.rule))
            self.rejected.setdefault(name, Counter()).update(judged.written.rejected)
            groups = (judged.candidates, judged.reference, judged.mutants)
            self.lost += sum(int((cells == Outcome.LOST).sum()) for cells in groups)

    def summary(self, seed: int) -> Figures:
        """Return the figures of every writer, and the differences of all but the first to it."""
        draws = resampled(len(self.task_ids), np.random.default_rng(seed))
        columns = {name: _columns(self.figures[name]) for name in self.names}
        first, *others = self.names
        return {
            "problems": len(self.task_ids),
            "rule": self.rule.name,
            "writers": {name: {one: _estimate(ratio(*columns[name][one], draws)) for one in ALL_FIGURES} for name in self.names},
            "baseline": first,
            "differences": {
                name: {one: _estimate(ratio_difference(columns[name][one], columns[first][one], draws)) for one in ALL_FIGURES}
                for name in others
            },
            "rejected": {name: dict(self.rejected[name]) for name in self.names},
            "lost": self.lost,
            "per_problem": [
                {"task_id": task_id, **{name: _values(self.figures[name][place]) for name in self.names}}
                for place, task_id in enumerate(self.task_ids)
            ],
        }


def _columns(problems: Sequence[Mapping[str, Ratio]]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    return {
        one: (np.array([found[one][0] for found in problems]), np.array([found[one][1] for found in problems]))
        for one in ALL_FIGURES
    }


def _estimate(found: Any) -> Figures:
    return {name: round(value, 6) if np.isfinite(value) else None for name, value in asdict(found).items()}


def _values(found: Mapping[str, Ratio]) -> dict[str, float | None]:
    return {one: round(part / whole, 6) if whole else None for one, (part, whole) in found.items()}
