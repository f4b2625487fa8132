"""Tells of one problem who was chosen and why, and of every pair that did not pass what it ended with.

Reads the journal, so a run need not be finished. Candidates with the same program are told of together, as are equal tests. What a
program printed or raised is shown without control characters.
"""

import difflib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from coderm.config.schema import SelectionConfig, choice_name
from coderm.errors import DataError
from coderm.evaluation.finished_problem import FinishedProblem
from coderm.messages.execution import GRADINGS, Outcome
from coderm.selection.base import Selection
from coderm.selection.factory import make_rule
from coderm.storage.journal import Journal
from coderm.storage.run_directory import RunDirectory

NEAREST = 3
"""Names offered for one that is not there."""


def print_why(directory: Path, task_id: str, console: Console) -> None:
    """Print one problem. Raises DataError for a name that is not there, with the nearest ones."""
    config = chosen_by(directory)
    problem = finished(directory, task_id)
    selection = problem.select(make_rule(config), examples=config.examples)
    for line in head(problem, selection, config):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print(_candidates(problem, selection))
    for line in _pairs(problem):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def chosen_by(directory: Path) -> SelectionConfig:
    """Return the rule of a run. Raises DataError where the directory is no run's."""
    path = RunDirectory(directory).config
    try:
        return SelectionConfig.model_validate(json.loads(path.read_text(encoding="utf-8"))["selection"])
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise DataError(f"{path}: not readable ({type(error).__name__}); give a run directory") from None


def finished(directory: Path, task_id: str) -> FinishedProblem:
    """Return one finished problem of a run. Raises DataError for a name that is not there, with the nearest ones."""
    with Journal(RunDirectory(directory).journal, readonly=True) as journal:
        result = journal.result(task_id)
        names = [] if result is not None else journal.task_ids()
    if result is not None:
        return FinishedProblem(result)
    near = difflib.get_close_matches(task_id, names, NEAREST, cutoff=0.0)
    told = f"; nearest: {', '.join(near)}" if near else ""
    raise DataError(f"{directory}: no problem {task_id!r} among the {len(names)} finished ones{told}")


def head(problem: FinishedProblem, selection: Selection, config: SelectionConfig) -> Iterator[str]:
    """Return the lines that say who was chosen, among how many, by what."""
    result = problem.result
    yield (
        f"{result.problem.task_id}: {_counted(len(result.candidates), len(result.programs), 'candidate')}, "
        f"{_counted(len(result.tests), len(result.unit_tests), 'test')}, {result.checks.shape[1]} hidden checks"
    )
    if rejected := Counter(sample.rejected for sample in result.candidates if sample.rejected):
        yield "no program in: " + ", ".join(f"{count} ({reason})" for reason, count in rejected.most_common())
    yield from (f"lost: {reason}" for reason in result.lost)
    name = choice_name(config.rule, examples=config.examples)
    if selection.chosen is None:
        yield f"chosen by {name}: none, since no candidate holds a program"
        return
    chosen = int(problem.positions[selection.chosen])
    passes = int(problem.matrix.passed[selection.chosen].sum())
    score = selection.scores[selection.chosen]
    yield f"chosen by {name}: candidate {chosen}, score {score:.6g}, the best of {len(selection.scores)}; passes {passes} tests"
    if len(selection.kept) > 1:
        tied = [int(problem.positions[row]) for row in selection.kept]
        yield f"as good: candidates {_listed(tied)}; the first of them is chosen"
    if config.examples:
        best = _listed(problem.positions[problem.best_on_examples])
        yield f"chosen among candidates {best}, which pass the most visible examples"


def _counted(all_: int, distinct: int, what: str) -> str:
    return f"{all_} {what}s ({distinct} distinct)"


def _listed(places: Sequence[int] | npt.NDArray[np.integer]) -> str:
    return ", ".join(str(place) for place in places)


def _candidates(problem: FinishedProblem, selection: Selection) -> Table:
    table = Table(title_justify="left", box=None, pad_edge=False)
    columns = ("candidates", "score", *([] if problem.examples is None else ["examples passed"]), "checks", "tests")
    for name in columns:
        table.add_column(name, justify="left", overflow="fold")
    rows, verdicts = problem.result.program_of[problem.positions], problem.verdicts()
    for program in range(len(problem.result.programs)):
        row = int(np.flatnonzero(rows == program)[0])
        place = int(problem.positions[row])
        shown = [] if problem.examples is None else [f"{int(problem.examples[place].sum())} of {problem.examples.shape[1]}"]
        verdict = verdicts[place] if problem.result.problem.judged else "-"
        mark = " *" if selection.chosen is not None and rows[selection.chosen] == program else ""
        outcomes = Counter(Outcome(int(code)).label for code in problem.matrix.outcomes[row])
        told = ", ".join(f"{count} {label}" for label, count in outcomes.most_common())
        table.add_row(_listed(problem.positions[rows == program]) + mark, f"{selection.scores[row]:.6g}", *shown, verdict, told)
    return table


def _pairs(problem: FinishedProblem) -> Iterator[str]:
    """Of every program, its checks and tests that did not pass."""
    result = problem.result
    for program in range(len(result.programs)):
        lines = list(_checks(problem, program)) + list(_tests(problem, program))
        if lines:
            yield f"\ncandidates {_listed(np.flatnonzero(result.program_of == program))}:"
            yield from lines


def _checks(problem: FinishedProblem, program: int) -> Iterator[str]:
    for place, code in enumerate(problem.result.checks[program]):
        if code != Outcome.PASSED:
            detail = problem.result.check_details.get((program, place), "")
            yield f"  check {place}: {Outcome(int(code)).label}{_indented(detail)}"


def _tests(problem: FinishedProblem, program: int) -> Iterator[str]:
    result = problem.result
    for test, code in enumerate(result.outcomes[program]):
        if code != Outcome.PASSED:
            seconds, grading = result.cpu_s[program, test], GRADINGS[result.grading[program, test]]
            told = f", {seconds:.3g} s CPU, {grading}" if seconds else ""
            detail = _indented(result.details.get((program, test), ""))
            yield f"  test {_listed(np.flatnonzero(result.unit_test_of == test))}: {Outcome(int(code)).label}{told}{detail}"


def _indented(detail: str) -> str:
    return "".join(f"\n    {printable(line)}" for line in detail.splitlines())


def printable(line: str) -> str:
    """Return a line with control characters spelled out, so that none reaches a terminal."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in line)
