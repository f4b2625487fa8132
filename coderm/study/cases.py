"""What a study reads: a pass matrix on disk, labels, and the texts that features are made of."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from coderm.arrays import BoolArray, IndexArray, OutcomeArray
from coderm.config.schema import ProblemsConfig
from coderm.errors import DataError
from coderm.extract.samples import given_programs
from coderm.messages.execution import Outcome
from coderm.messages.problem import Problem
from coderm.messages.samples import Sample
from coderm.problems.detect import detect_source
from coderm.problems.labels import read_labels
from coderm.problems.load import read_problems
from coderm.problems.supplied import open_programs
from coderm.selection.observed import Observed, best_on_examples, example_passes
from coderm.selection.pass_matrix import PassMatrix
from coderm.storage.jsonl import read_jsonl, require

MISSING = -1
"""Stands where a matrix has no row of a pair; no outcome has this code."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledProblem:
    """One problem of a study, seen as a run sees it. observed: N candidates and the visible examples they pass.

    correct: (N,); a rejected text is wrong. judged: (K,) positions of the usable candidates that have verdicts; passed: (K, M) of
    them; tampered: (K,) who passed a canary. predicted: a probe's pass rate, NaN without one. unknown: pairs without verdict.
    """

    observed: Observed
    correct: BoolArray
    judged: IndexArray
    passed: BoolArray
    tampered: BoolArray
    predicted: float = math.nan
    unknown: int = 0

    @property
    def task_id(self) -> str:
        """Id of the problem."""
        return self.observed.problem.task_id

    @property
    def rate(self) -> float:
        """Share of all N candidates that are right, lambda; 0 without any."""
        return float(self.correct.mean()) if self.correct.size else 0.0

    @property
    def has_examples(self) -> bool:
        """Whether candidates met a visible example."""
        return self.observed.examples is not None and bool(self.observed.examples.size)

    def contenders(self, *, examples: bool) -> tuple[BoolArray, BoolArray]:
        """Passes and labels of those a rule chooses among: all judged, or with `examples` those that pass the most visible ones."""
        labels = self.correct[self.judged]
        if not examples or self.observed.examples is None:
            return self.passed, labels
        best = best_on_examples(self.observed.examples[self.judged], self.tampered)
        return self.passed[best], labels[best]


@dataclass(frozen=True, slots=True)
class StudyPaths:
    """Where things are. matrix: `matrix.parquet` or the run directory that holds it. predicted: rows of
    `{task_id, lambda}`, or None. examples: like matrix, of the visible examples instead of tests, or None.
    """

    problems: Path
    candidates: Path
    labels: Path
    matrix: Path
    predicted: Path | None = None
    examples: Path | None = None


def read_study(paths: StudyPaths) -> list[LabelledProblem]:
    """Read every labelled problem, in the order of the problems file.

    Rejected texts are no candidates of a rule, as in a run; pairs without verdict are left out as `PassMatrix.without_lost` does.
    Raises DataError for files that are missing or contradict each other, or a matrix that early stopping left incomplete.
    """
    labels = read_labels(paths.labels)
    programs = open_programs(paths.candidates)
    tests, predicted = _cells(paths.matrix), _predictions(paths.predicted)
    examples = _cells(paths.examples) if paths.examples is not None else None
    source = ProblemsConfig(source=detect_source(paths.problems), path=str(paths.problems))
    found = []
    for problem in read_problems(source):
        if problem.task_id not in labels:
            continue
        candidates, correct = given_programs(programs.of(problem)), labels[problem.task_id]
        if len(candidates) != len(correct):
            raise DataError(
                f"{paths.labels}: {len(correct)} labels for {len(candidates)} candidates of {problem.task_id}; give one each"
            )
        if predicted and problem.task_id not in predicted:
            raise DataError(f"{paths.predicted}: no prediction for {problem.task_id}; give one for every labelled problem")
        observed = _observed(problem, candidates, examples)
        found.append(_judged(observed, correct, tests, predicted.get(problem.task_id, math.nan)))
    if not found:
        raise DataError(f"{paths.labels}: no problem of {paths.problems} has labels; check that the task ids agree")
    return found


@dataclass(frozen=True, slots=True)
class _Cells:
    """The rows of one matrix file by task id: candidates, tests, outcomes."""

    path: Path
    tasks: dict[str, tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], OutcomeArray]]

    def usable(self, observed: Observed) -> OutcomeArray:
        """(U, M) outcomes of the usable candidates. Raises DataError when one is missing."""
        task_id, usable = observed.problem.task_id, list(observed.usable)
        if task_id not in self.tasks:
            return np.zeros((len(usable), 0), np.int8)
        rows, columns, outcomes = self.tasks[task_id]
        if rows.max() >= len(observed.candidates):
            raise DataError(
                f"{task_id}: the matrix names candidate {rows.max()}, but there are {len(observed.candidates)}; "
                "give the files of one run"
            )
        cells = np.full((len(observed.candidates), int(columns.max()) + 1), MISSING, np.int8)
        cells[rows, columns] = outcomes
        if missing := int(np.count_nonzero(cells[usable] == MISSING)):
            raise DataError(
                f"{self.path}: {missing} of {cells[usable].size} pairs of {task_id} are not in it, and a study needs them all: run "
                "with selection.early_stop=false under another --out, or give the files of one run"
            )
        return cells[usable]


def _observed(problem: Problem, candidates: tuple[Sample, ...], examples: _Cells | None) -> Observed:
    known = Observed(problem, candidates)
    if examples is None:
        return known
    program_of = np.full(len(candidates), -1, np.int64)
    program_of[list(known.usable)] = np.arange(len(known.usable))
    return Observed(problem, candidates, example_passes(examples.usable(known), program_of))


def _judged(observed: Observed, correct: BoolArray, tests: _Cells, predicted: float) -> LabelledProblem:
    outcomes = tests.usable(observed)
    names = (tuple(map(str, range(size))) for size in outcomes.shape)
    matrix = PassMatrix(outcomes, np.zeros(outcomes.shape, np.float32), np.zeros(outcomes.shape, np.int8), *names)
    judged, rows = matrix.without_lost()
    tampered = (judged.outcomes == Outcome.TAMPERED).any(axis=1)
    places = np.array(observed.usable, np.intp)[rows]
    unknown = int(np.count_nonzero(~matrix.known))
    return LabelledProblem(observed, correct, places, judged.passed, tampered, predicted, unknown)


def _predictions(path: Path | None) -> dict[str, float]:
    """Pass rates that a probe predicted for problems it was not trained on."""
    found = {}
    for number, row in read_jsonl(path) if path is not None else ():
        where = f"{path}:{number}"
        rate = row.get("lambda")
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
            raise DataError(f"{where}: `lambda` must be a number from 0 to 1, not {rate!r}; correct the row")
        found[require(row, "task_id", str, where)] = float(rate)
    return found


def _cells(path: Path) -> _Cells:
    """Cells by task id; the columns are read once and cut at every change of task."""
    import pyarrow
    import pyarrow.parquet as parquet

    place = path / "matrix.parquet" if path.is_dir() else path
    try:
        table = parquet.read_table(place, columns=["task_id", "candidate", "test", "outcome"])
    except (OSError, pyarrow.ArrowException, KeyError) as error:
        raise DataError(f"{place}: cannot be read ({error}); give the matrix.parquet of a finished run") from None
    tasks, index = _coded(table["task_id"])
    labels, kinds = _coded(table["outcome"])
    if unknown := set(labels) - {outcome.label for outcome in Outcome}:
        raise DataError(f"{place}: outcome {min(unknown)!r} is unknown; run again with this version")
    outcomes = np.array([Outcome[label.upper()] for label in labels], np.int8)[kinds]
    rows, columns = (table[name].to_numpy().astype(np.int64) for name in ("candidate", "test"))
    order = np.argsort(index, kind="stable")
    bounds = np.searchsorted(index[order], np.arange(len(tasks) + 1))
    parts = {task: order[bounds[code] : bounds[code + 1]] for code, task in enumerate(tasks)}
    return _Cells(place, {task: (rows[part], columns[part], outcomes[part]) for task, part in parts.items() if part.size})


def _coded(column: Any) -> tuple[list[str], npt.NDArray[np.int64]]:
    """The different texts of a column, and the place of each row's text among them."""
    import pyarrow

    codes = column.cast(pyarrow.string()).combine_chunks().dictionary_encode()
    return codes.dictionary.to_pylist(), np.asarray(codes.indices, np.int64)
