"""Writes the files of a finished run from its journal, one problem in memory at a time and each file complete or not at all."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from coderm.config.schema import BudgetConfig, RunConfig
from coderm.evaluation.finished_problem import FinishedProblem
from coderm.messages.execution import GRADINGS, Outcome
from coderm.messages.samples import Sample
from coderm.report.budget_figures import predicted_pass_rate, spent_on
from coderm.report.columns import numbers, words
from coderm.selection.factory import make_rule
from coderm.storage.atomic import whole
from coderm.storage.journal import Journal
from coderm.storage.jsonl import jsonl_writer

Row = dict[str, Any]
ROW_GROUP = 1_000_000
"""Pairs per parquet row group; large enough to compress well, small enough to hold."""


def write_files(directory: Path, config: RunConfig, journal: Journal) -> Iterator[FinishedProblem]:
    """Yield the finished problems, each decoded once, and write every file but the summary; they appear when all were yielded.

    Raises StorageError when the disk refuses.
    """
    rule, examples = make_rule(config.selection), config.selection.examples
    files: dict[str, Callable[[FinishedProblem], list[Row]]] = {
        "candidates.jsonl": _candidates,
        "tests.jsonl": lambda problem: [_head(problem, unit_tests=[sample.code for sample in problem.result.tests])],
        "generations.jsonl": _generations,
        "labels.jsonl": _labels,
        "selected.jsonl": lambda problem: [_selected(problem, problem.select(rule, examples=examples))],
        "allocation.jsonl": lambda problem: [_allocation(problem, config.budget, journal)],
    }
    if config.sandbox.details:
        files["details.jsonl"] = _details
    with ExitStack() as stack:
        writers = [(stack.enter_context(jsonl_writer(directory / name)), rows) for name, rows in files.items()]
        matrix = stack.enter_context(_matrix_writer(directory / "matrix.parquet"))
        for result in journal.results():
            problem = FinishedProblem(result)
            for write, rows in writers:
                for row in rows(problem):
                    write(row)
            matrix(problem)
            yield problem


def _head(problem: FinishedProblem, **fields: Any) -> Row:
    return {"task_id": problem.result.problem.task_id, **fields}


def _candidates(problem: FinishedProblem) -> list[Row]:
    solutions: list[Row] = []
    for place, sample in enumerate(problem.result.candidates):
        row: Row = {"solution": sample.code}
        if sample.rejected:
            row["rejected"] = sample.rejected
        if problem.labelled:
            row["correct"] = bool(problem.correct[place])
        solutions.append(row)
    return [_head(problem, solutions=solutions)]


def _generations(problem: FinishedProblem) -> list[Row]:
    return [
        _head(problem, role=role, completions=[_completion(sample) for sample in samples])
        for role, samples in sorted(problem.result.generations.items(), reverse=True)
    ]


def _completion(sample: Sample) -> Row:
    said = {} if sample.mean_logprob is None else {"mean_logprob": sample.mean_logprob}
    return {"text": sample.raw, "tokens": sample.tokens, "finish": sample.finish, **said}


def _details(problem: FinishedProblem) -> list[Row]:
    result = problem.result
    pairs = ((candidate, test) for candidate in problem.positions for test in range(len(result.tests)))
    found = ((i, j, result.details.get((int(result.program_of[i]), int(result.unit_test_of[j])))) for i, j in pairs)
    return [_head(problem, candidate=int(i), test=j, detail=text) for i, j, text in found if text is not None]


def _labels(problem: FinishedProblem) -> list[Row]:
    if not problem.labelled:
        return []
    return [_head(problem, correct=[int(label) for label in problem.correct], verdicts=problem.verdicts())]


def _selected(problem: FinishedProblem, selection: Any) -> Row:
    if selection.chosen is None:
        return _head(problem, candidate=None, solution="", score=None, kept=[])
    place = int(problem.positions[selection.chosen])
    kept = [int(problem.positions[row]) for row in selection.kept]
    score = float(selection.scores[selection.chosen])
    return _head(
        problem,
        candidate=place,
        solution=problem.result.candidates[place].code,
        score=score if np.isfinite(score) else None,
        kept=kept,
    )


def _allocation(problem: FinishedProblem, budget: BudgetConfig, journal: Journal) -> Row:
    result = problem.result
    allotments = journal.allotments(result.index)
    return _head(
        problem,
        model=budget.model,
        predicted=predicted_pass_rate(allotments),
        units=result.units,
        rounds=list(result.rounds),
        curves=[[float(f"{gain:.4g}") for gain in allotment.curve] for allotment in allotments],
        asked=result.asked,
        tests=len(result.tests),
        unit=budget.unit,
        expected_costs=[float(f"{allotment.cost:.4g}") for allotment in allotments],
        spent=round(spent_on(result, budget.unit), 3),
    )


@contextmanager
def _matrix_writer(path: Path) -> Iterator[Callable[[FinishedProblem], None]]:
    """Yield a function that takes one problem's pairs; they are written a group of ROW_GROUP at a time."""
    import pyarrow.parquet as pq

    group: list[FinishedProblem] = []
    pairs = 0
    with whole(path) as temporary, pq.ParquetWriter(temporary, table_schema()) as writer:

        def add(problem: FinishedProblem) -> None:
            nonlocal pairs
            group.append(problem)
            pairs += problem.matrix.outcomes.size
            if pairs >= ROW_GROUP:
                writer.write_table(_table(group))
                group.clear()
                pairs = 0

        yield add
        if group:
            writer.write_table(_table(group))


def _table(problems: list[FinishedProblem]) -> Any:
    import pyarrow as pa

    parts = zip(*(_pairs(problem, number) for number, problem in enumerate(problems)), strict=True)
    task, candidate, test, outcome, cpu_s, grading = (np.concatenate(part) for part in parts)
    columns = {
        "task_id": words(task, [problem.result.problem.task_id for problem in problems]),
        "candidate": numbers(candidate, pa.int32()),
        "test": numbers(test, pa.int32()),
        "outcome": words(outcome, [kind.label for kind in Outcome]),
        "cpu_s": numbers(cpu_s, pa.float32()),
        "grading": words(grading, list(GRADINGS)),
    }
    return pa.Table.from_arrays([columns[name] for name in table_schema().names], schema=table_schema())


def _pairs(problem: FinishedProblem, number: int) -> tuple[npt.NDArray[Any], ...]:
    """Columns of one problem's rows: its number in the group, candidate, test, outcome, cpu_s, grading.

    Pairs that early stopping skipped have no row.
    """
    matrix = problem.matrix
    row, column = np.nonzero((matrix.outcomes != Outcome.LOST) | (not problem.result.skipped))
    task = np.full(row.size, number, np.int32)
    candidate = problem.positions.astype(np.int32)[row]
    cells = (matrix.outcomes[row, column], matrix.cpu_s[row, column], matrix.grading[row, column])
    return task, candidate, column.astype(np.int32), *cells


def table_schema() -> Any:
    """Columns of matrix.parquet: one row per (problem, candidate, test), positions from 0, seconds of CPU."""
    import pyarrow as pa

    text = pa.dictionary(pa.int32(), pa.string())
    fields = [("task_id", text), ("candidate", pa.int32()), ("test", pa.int32())]
    return pa.schema([*fields, ("outcome", text), ("cpu_s", pa.float32()), ("grading", text)])
