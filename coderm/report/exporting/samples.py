"""Lines of formats that hold one program, or all programs, of each problem."""

from collections.abc import Callable, Iterator
from typing import Any

from coderm.evaluation.finished_problem import FinishedProblem
from coderm.extract.programs.prelude import runnable

Row = dict[str, Any]
Chosen = int | None
"""Position of the chosen candidate among all; None where none could be used."""


def evalplus(problem: FinishedProblem, chosen: Chosen, *, every: bool) -> Iterator[Row]:
    """EvalPlus's samples: a line a program, which stands alone; with `every` all candidates, a rejected one as empty text."""
    places = range(len(problem.result.candidates)) if every else [chosen]
    for place in places:
        yield {"task_id": problem.result.problem.task_id, "solution": _program(problem, place)}


def livecodebench(problem: FinishedProblem, chosen: Chosen, *, every: bool) -> Iterator[Row]:
    """LiveCodeBench's outputs for its custom evaluator: one object a problem in a JSON list, programs under `code_list`."""
    places = list(range(len(problem.result.candidates))) if every else [chosen]
    yield {"question_id": problem.result.problem.task_id, "code_list": [_program(problem, place) for place in places]}


def coderm_solutions(problem: FinishedProblem, chosen: Chosen, *, every: bool) -> Iterator[Row]:
    """The released CodeRM files of candidates: one line a problem."""
    places = list(range(len(problem.result.candidates))) if every else [chosen]
    solutions = [{"solution": _program(problem, place)} for place in places]
    yield {"task_id": problem.result.problem.task_id, "solutions": solutions}


def coderm_tests(problem: FinishedProblem, chosen: Chosen, *, every: bool) -> Iterator[Row]:
    """The released CodeRM files of tests: one line a problem, each test as often as it was written."""
    yield {"task_id": problem.result.problem.task_id, "unit_tests": [sample.code for sample in problem.result.tests]}


def _program(problem: FinishedProblem, place: Chosen) -> str:
    if place is None or not (code := problem.result.candidates[place].code):
        return ""
    return runnable(code, problem.result.problem)


LINES: dict[str, Callable[..., Iterator[Row]]] = {
    "evalplus": evalplus,
    "livecodebench": livecodebench,
    "coderm-solutions": coderm_solutions,
    "coderm-tests": coderm_tests,
}
"""Formats by the name that `coderm export --to` takes."""
