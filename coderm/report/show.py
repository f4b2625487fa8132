"""Prints one problem with its pass matrix in colour: a letter a pair, candidates that behave alike side by side.

The letters tell the outcomes apart without colours. Texts of programs are shown without control characters.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.text import Text

from coderm.evaluation.finished_problem import FinishedProblem
from coderm.messages.execution import Outcome
from coderm.report.page.arrangement import arrange
from coderm.report.page.rival import DiffRow, runner_up, side_by_side
from coderm.report.why import chosen_by, finished, head, printable
from coderm.selection.base import Selection
from coderm.selection.factory import make_rule

LETTERS = {
    Outcome.LOST: ("?", "dim"),
    Outcome.PASSED: ("+", "bold green"),
    Outcome.FAILED: ("-", "red"),
    Outcome.ERROR: ("e", "magenta"),
    Outcome.TIMEOUT: ("t", "yellow"),
    Outcome.MEMORY: ("m", "cyan"),
    Outcome.OUTPUT_LIMIT: ("o", "blue"),
    Outcome.SKIPPED: ("s", "dim"),
    Outcome.NO_TESTS: ("n", "dim"),
    Outcome.TAMPERED: ("!", "bold red"),
    Outcome.LEFT_OUT: (".", "dim"),
    Outcome.UNSERVED: ("u", "dim"),
    Outcome.EXIT_STATUS: ("x", "magenta"),
}
MARKS = {"same": " ", "changed": "|", "left": "<", "right": ">"}
SHOWN_TESTS = 3
"""Tests that part the chosen program from its runner-up, printed in full."""


def print_problem(directory: Path, task_id: str, console: Console) -> None:
    """Print one problem. Raises DataError for a name that is not there, with the nearest ones."""
    config = chosen_by(directory)
    problem = finished(directory, task_id)
    selection = problem.select(make_rule(config), examples=config.examples)
    for line in head(problem, selection, config):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for row in _matrix(problem, selection):
        console.print(row, soft_wrap=True, highlight=False)
    for part in _apart(problem, selection, console.width):
        console.print(part, markup=False, highlight=False, soft_wrap=True)


def _matrix(problem: FinishedProblem, selection: Selection) -> Iterator[Text]:
    """A line a candidate, an empty one between behaviours, and the legend."""
    matrix, order = problem.matrix, arrange(problem.matrix, selection.scores)
    width = len(str(max(problem.positions, default=0)))
    group = 0
    for row, number in zip(order.rows.tolist(), order.groups.tolist(), strict=True):
        if number != group:
            yield Text()
        group = number
        place = int(problem.positions[row])
        mark = "*" if row == selection.chosen else "=" if row in selection.kept else " "
        line = Text(f"{mark} {place:>{width}} ")
        line.append(_label(problem.correct[place]) if problem.labelled else "")
        for code in matrix.outcomes[row, order.columns].tolist():
            line.append(*LETTERS[Outcome(code)])
        yield line.append(f"  {selection.scores[row]:.4g}", "dim")
    yield _legend(np.unique(matrix.outcomes).tolist(), labelled=problem.labelled)


def _apart(problem: FinishedProblem, selection: Selection, width: int) -> Iterator[str | Text]:
    """The chosen program beside its runner-up, and tests that part them."""
    matrix = problem.matrix
    rival = runner_up(matrix, selection)
    if rival is None or selection.chosen is None:
        return
    left, right = (int(problem.positions[row]) for row in (selection.chosen, rival.row))
    candidates = problem.result.candidates
    yield f"\nchosen {left} | runner-up {right}; {len(rival.parting)} tests part them"
    yield _beside(side_by_side(candidates[left].code, candidates[right].code), width)
    for test in rival.parting[:SHOWN_TESTS]:
        passer = left if matrix.passed[selection.chosen, test] else right
        yield f"\ntest {test}, passed by candidate {passer} only of the two:"
        text = problem.result.unit_tests[problem.result.unit_test_of[test]]
        yield "\n".join(map(printable, text.splitlines()))


def _label(correct: bool) -> Text:
    return Text("R ", "green") if correct else Text("W ", "red")


def _legend(codes: list[int], *, labelled: bool) -> Text:
    text = Text()
    for code in codes:
        letter, style = LETTERS[Outcome(code)]
        text.append(letter, style).append(f" {Outcome(code).label}   ")
    text.append("* chosen   = as good" + ("   R right   W wrong" if labelled else ""), "dim")
    return text


def _beside(rows: list[DiffRow], width: int) -> Text:
    half = max((width - 3) // 2, 20)
    text = Text()
    for kind, _, left, _, right in rows:
        parts = (printable(part)[:half] for part in (left, right))
        one, two = parts
        text.append(f"{one:<{half}} {MARKS[kind]} {two}\n", None if kind == "same" else "bold")
    return text
