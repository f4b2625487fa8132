"""Sets runs side by side: figures over problems that all of them labelled, paired differences, what changed, which settings differ.

Reads journals, one problem in memory at a time. Only problems with the same checks in every run are compared; others are counted.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from coderm.config.dotted import dotted
from coderm.config.schema import RunConfig, choice_name
from coderm.errors import DataError
from coderm.evaluation.finished_problem import FinishedProblem
from coderm.evaluation.intervals import Estimate, bootstrap_mean, paired_difference
from coderm.messages.hashing import content_hash
from coderm.selection.factory import make_rule
from coderm.storage.journal import Journal
from coderm.storage.run_directory import RunDirectory

FIGURES = ("pass@1", "best-of-N", "pass@N")
SAME = 1e-9
"""Scores closer than this are equal."""
NOT_COMPARED = {"cluster", "identity", "loggers"}
"""Sections that decide no result."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One labelled problem of a run. figures: in the order of FIGURES. checks: hash of what decided the labels."""

    figures: tuple[float, float, float]
    chosen: int | None
    candidates: int
    tests: int
    checks: str


@dataclass(frozen=True)
class Run:
    """What is compared of a run directory. settings: dotted names to values. unlabelled: finished problems without labels."""

    name: str
    choice: str
    settings: dict[str, Any]
    problems: dict[str, Scored]
    unlabelled: int


@dataclass(frozen=True)
class Comparison:
    """runs: the first is the base. levels: per run and figure. differences: per later run and figure, less the base, paired.

    problems: ids compared. left_out: ids that one run lacks, or has with other checks. changed: ids whose best-of-N differs.
    settings: dotted name to one value a run, None where it has no such setting; only those that differ.
    """

    runs: tuple[Run, ...]
    problems: tuple[str, ...]
    left_out: tuple[str, ...]
    levels: tuple[dict[str, Estimate], ...]
    differences: tuple[dict[str, Estimate], ...]
    settings: dict[str, list[Any]]
    changed: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """All figures, and per problem the scores of each run."""
        return {
            "runs": [{"name": run.name, "choice": run.choice, "unlabelled": run.unlabelled} for run in self.runs],
            "compared": len(self.problems),
            "left_out": list(self.left_out),
            "levels": [{name: asdict(value) for name, value in levels.items()} for levels in self.levels],
            "differences": [{name: asdict(value) for name, value in found.items()} for found in self.differences],
            "settings": self.settings,
            "problems": {name: [asdict(run.problems[name]) for run in self.runs] for name in self.problems},
            "changed": list(self.changed),
        }


def load_run(directory: Path) -> Run:
    """Read one run directory, finished or not. Raises DataError where it is none."""
    config = _config(RunDirectory(directory).config)
    examples = config.selection.examples
    rule = make_rule(config.selection)
    problems: dict[str, Scored] = {}
    unlabelled = 0
    with Journal(RunDirectory(directory).journal, readonly=True) as journal:
        for result in journal.results():
            problem = FinishedProblem(result)
            if not problem.labelled:
                unlabelled += 1
                continue
            selection = problem.select(rule, examples=examples)
            figures = (float(problem.correct.mean()), problem.score(selection), float(problem.correct.any()))
            chosen = None if selection.chosen is None else int(problem.positions[selection.chosen])
            checks = content_hash(repr((result.problem.checks, result.problem.cases)))
            problems[result.problem.task_id] = Scored(figures, chosen, len(result.candidates), len(result.tests), checks)
    settings = dict(dotted(config.model_dump(mode="json", exclude=NOT_COMPARED)))
    return Run(str(directory), choice_name(rule.name, examples=examples), settings, problems, unlabelled)


def compare(runs: Sequence[Run], seed: int = 0) -> Comparison:
    """Compare runs with the first; intervals are 95 %, bootstrapped over problems. Raises DataError where no problem is in all."""
    base = runs[0]
    everywhere = {name for run in runs for name in run.problems}
    common = tuple(name for name in base.problems if all(_same(base, run, name) for run in runs))
    if not common:
        raise DataError("compare: no problem has labels and the same checks in every run; compare runs on the same problems")
    scores = [np.array([run.problems[name].figures for name in common]) for run in runs]
    best = FIGURES.index("best-of-N")
    moved = np.any([np.abs(found[:, best] - scores[0][:, best]) > SAME for found in scores], axis=0)
    return Comparison(
        tuple(runs),
        common,
        tuple(sorted(everywhere - set(common))),
        tuple(_each(lambda i, rng, s=found: bootstrap_mean(s[:, i], rng), seed) for found in scores),
        tuple(_each(lambda i, rng, s=found: paired_difference(s[:, i], scores[0][:, i], rng), seed) for found in scores[1:]),
        _different([run.settings for run in runs]),
        tuple(name for name, differs in zip(common, moved, strict=True) if differs),
    )


def _same(base: Run, run: Run, name: str) -> bool:
    return name in run.problems and run.problems[name].checks == base.problems[name].checks


def _each(estimate: Any, seed: int) -> dict[str, Estimate]:
    return {name: estimate(place, np.random.default_rng(seed)) for place, name in enumerate(FIGURES)}


def _config(path: Path) -> RunConfig:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return RunConfig.model_validate({name: value for name, value in values.items() if name != "identity"})
    except (OSError, ValueError, AttributeError) as error:
        raise DataError(f"{path}: not readable ({type(error).__name__}); give a run directory") from None


def _different(settings: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    names = sorted({name for found in settings for name in found})
    rows = {name: [found.get(name) for found in settings] for name in names}
    return {name: row for name, row in rows.items() if any(value != row[0] for value in row)}
