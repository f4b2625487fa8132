"""What a study reads: a pass matrix on disk, labels, and the texts that features are made of."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coderm.config import ProblemsConfig
from coderm.errors import DataError
from coderm.jsonl import read_jsonl, require
from coderm.matrix import BoolArray
from coderm.problems.detect import detect_source
from coderm.problems.load import read_problems
from coderm.supplied import open_programs


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One problem. passed: (N, M). correct: (N,). programs: N texts. predicted: a probe's pass rate, NaN without one.

    examples: (N, E) whether each candidate passes each example that the question shows, or None where none ran.
    """

    task_id: str
    question: str
    programs: tuple[str, ...]
    passed: BoolArray
    correct: BoolArray
    predicted: float = math.nan
    examples: BoolArray | None = None

    def contenders(self, *, examples: bool) -> tuple[BoolArray, BoolArray]:
        """Passes and labels of those a rule chooses among: all, or with `examples` those that pass the most visible ones."""
        if not examples or self.examples is None or not self.examples.size:
            return self.passed, self.correct
        passes = self.examples.sum(axis=1)
        best = passes == passes.max()
        return self.passed[best], self.correct[best]


@dataclass(frozen=True, slots=True)
class StudyFiles:
    """Where things are. matrix: `matrix.parquet` or the run directory that holds it. predicted: rows of
    `{task_id, lambda}`, or None. examples: like matrix, of the visible examples instead of tests, or None.
    """

    problems: Path
    candidates: Path
    labels: Path
    matrix: Path
    predicted: Path | None = None
    examples: Path | None = None


def read_cases(files: StudyFiles) -> list[Case]:
    """Read every labelled problem, in the order of the problems file.

    A lost cell counts as not passed; candidates without rows in the matrix (rejected texts) pass nothing. Raises DataError for
    missing or contradictory files.
    """
    labels = _labels(files.labels)
    programs = open_programs(files.candidates)
    passed, predicted = _passes(files.matrix), _predictions(files.predicted)
    shown = _passes(files.examples) if files.examples is not None else {}
    source = ProblemsConfig(source=detect_source(files.problems), path=str(files.problems))
    cases = []
    for problem in read_problems(source):
        if problem.task_id not in labels:
            continue
        texts, correct = tuple(programs.of(problem)), labels[problem.task_id]
        if len(texts) != len(correct):
            raise DataError(
                f"{files.labels}: {len(correct)} labels for {len(texts)} candidates of {problem.task_id}; give one each"
            )
        rows = passed.pop(problem.task_id, None)
        if predicted and problem.task_id not in predicted:
            raise DataError(f"{files.predicted}: no prediction for {problem.task_id}; give one for every labelled problem")
        matrix = _matrix(rows, len(texts), problem.task_id)
        rate = predicted.get(problem.task_id, math.nan)
        examples = _matrix(shown.get(problem.task_id), len(texts), problem.task_id)
        cases.append(Case(problem.task_id, problem.question, texts, matrix, correct, rate, examples))
    if not cases:
        raise DataError(f"{files.labels}: no problem of {files.problems} has labels; check that the task ids agree")
    return cases


Cells = tuple[np.typing.NDArray[np.int64], np.typing.NDArray[np.int64], BoolArray]


def _matrix(cells: Cells | None, candidates: int, task_id: str) -> BoolArray:
    if cells is None:
        return np.zeros((candidates, 0), np.bool_)
    rows, columns, verdicts = cells
    if rows.max() >= candidates:
        raise DataError(
            f"{task_id}: the matrix names candidate {rows.max()}, but there are {candidates}; give the files of one run"
        )
    passed = np.zeros((candidates, int(columns.max()) + 1), np.bool_)
    passed[rows, columns] = verdicts
    return passed


def _labels(path: Path) -> dict[str, BoolArray]:
    found = {}
    for number, row in read_jsonl(path):
        where = f"{path}:{number}"
        given = np.array(require(row, "correct", list, where))
        if not np.isin(given, (0, 1)).all():
            raise DataError(f"{where}: labels must be 0 or 1; correct the row")
        found[require(row, "task_id", str, where)] = given.astype(np.bool_)
    return found


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


def _passes(path: Path) -> dict[str, Cells]:
    """Cells by task id; the columns are read once and cut at every change of task."""
    import pyarrow
    import pyarrow.parquet as parquet

    place = path / "matrix.parquet" if path.is_dir() else path
    try:
        table = parquet.read_table(place, columns=["task_id", "candidate", "test", "outcome"])
    except (OSError, pyarrow.ArrowException, KeyError) as error:
        raise DataError(f"{place}: cannot be read ({error}); give the matrix.parquet of a finished run") from None
    codes = table["task_id"].cast(pyarrow.string()).combine_chunks().dictionary_encode()
    names, index = codes.dictionary.to_pylist(), np.asarray(codes.indices, np.int64)
    columns = [table[name].to_numpy().astype(np.int64) for name in ("candidate", "test")]
    outcome = np.asarray(table["outcome"].cast(pyarrow.string()).to_numpy(zero_copy_only=False) == "passed")
    return dict(_cut(names, index, columns[0], columns[1], outcome))


def _cut(
    names: list[str],
    index: np.typing.NDArray[np.int64],
    rows: np.typing.NDArray[np.int64],
    columns: np.typing.NDArray[np.int64],
    verdicts: BoolArray,
) -> Iterator[tuple[str, Cells]]:
    order = np.argsort(index, kind="stable")
    bounds = np.searchsorted(index[order], np.arange(len(names) + 1))
    for code, name in enumerate(names):
        part = order[bounds[code] : bounds[code + 1]]
        if part.size:
            yield name, (rows[part], columns[part], verdicts[part])
