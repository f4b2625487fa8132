"""Training data: problems with candidates that are known to be right or wrong, from run directories or JSON Lines.

| field | type | meaning |
|---|---|---|
| task_id | text | the problem; required |
| question, prompt | text | what a person would read; the stub to complete; one of them is required |
| entry_point | text | the function asked for |
| candidates | list | programs in sampling order: text (empty: rejected) or {solution, rejected, finish, mean_logprob} |
| correct | list of 0 or 1 | one for each candidate |
| examples | list of lists of 0 or 1 | for each candidate, which visible examples it passes |
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from coderm.errors import DataError
from coderm.evaluation.finished_problem import FinishedProblem
from coderm.messages.samples import Sample
from coderm.probe.training.train import Labels
from coderm.problems.generic import problem_from_row
from coderm.selection.observed import Observed
from coderm.storage.journal import Journal
from coderm.storage.jsonl import Row, optional, read_jsonl, require
from coderm.storage.run_directory import RunDirectory


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """One problem as sampled, and which of its (N,) candidates are right; a rejected one is wrong."""

    observed: Observed
    correct: npt.NDArray[np.bool_]


def read_labelled(runs: Sequence[Path], files: Sequence[Path]) -> list[Labelled]:
    """Read run directories and JSONL files. Raises DataError naming the file, or when nothing is labelled at all."""
    found = [item for run in runs for item in _of_run(run)] + [item for file in files for item in _of_file(file)]
    if not found:
        raise DataError(f"{', '.join(map(str, [*runs, *files]))}: no problem with labels; a run needs problems with checks")
    return found


def labels_of(problems: Iterable[Labelled]) -> Labels:
    """Pass rates and numbers of candidates."""
    rows = [(item.correct.mean(), len(item.correct)) for item in problems]
    return Labels(np.array([rate for rate, _ in rows], np.float64), np.array([count for _, count in rows], np.float64))


def _of_run(directory: Path) -> Iterator[Labelled]:
    """Read the journal: it holds the problems' texts, and log-probabilities where a backend gave them."""
    path = RunDirectory(directory).journal
    if not path.is_file():
        raise DataError(f"{directory}: no journal.sqlite, so no run directory; give the --out of a `coderm run`")
    with Journal(path, readonly=True) as journal:
        for result in journal.results():
            problem = FinishedProblem(result)
            if problem.labelled:
                yield Labelled(Observed(result.problem, result.candidates, problem.examples), problem.correct)


def _of_file(path: Path) -> Iterator[Labelled]:
    for number, row in read_jsonl(path):
        yield _of_row(row, f"{path}:{number}")


def _of_row(row: Row, where: str) -> Labelled:
    problem = problem_from_row({name: value for name, value in row.items() if name not in ("checks", "examples")}, where)
    candidates = tuple(_sample(item, where) for item in require(row, "candidates", list, where))
    correct = _flags(require(row, "correct", list, where), "correct", where)
    if not candidates or correct.shape != (len(candidates),):
        raise DataError(f"{where}: {correct.size} labels for {len(candidates)} candidates; give one label for each, at least one")
    shown = optional(row, "examples", list, where, [])
    return Labelled(Observed(problem, candidates, _flags(shown, "examples", where) if shown else None), correct)


def _sample(item: object, where: str) -> Sample:
    if isinstance(item, str):
        return Sample(item, item, rejected="" if item.strip() else "no_code")
    if not isinstance(item, dict):
        raise DataError(f"{where}: a candidate must be text or an object with 'solution', not {type(item).__name__}")
    code = require(item, "solution", str, where)
    return Sample(
        code,
        code,
        rejected=optional(item, "rejected", str, where, "" if code.strip() else "no_code"),
        finish=optional(item, "finish", str, where, "stop"),
        mean_logprob=optional(item, "mean_logprob", float, where, None),
    )


def _flags(values: list[object], name: str, where: str) -> npt.NDArray[np.bool_]:
    try:
        flags = np.array(values, np.float64)
    except (ValueError, TypeError):
        raise DataError(f"{where}: field {name!r} must hold 0 or 1 only, in rows of equal length; correct the row") from None
    if not np.isin(flags, (0, 1)).all():
        raise DataError(f"{where}: field {name!r} must hold 0 or 1 only; correct the row")
    return flags.astype(np.bool_)
