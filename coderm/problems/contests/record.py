"""From the parts of a record to a problem, or to the name of what is wrong with it."""

import re
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from coderm.extract.syntax.parsing import BadSyntax, parse
from coderm.messages.cases import Case, Comparison
from coderm.messages.problem import Problem
from coderm.problems.contests.calls import call_checks, entry_point
from coderm.problems.contests.shapes import RecordTests
from coderm.problems.contests.stdin_cases import several_outputs, stdin_cases
from coderm.problems.contests.values import present
from coderm.problems.faults import FaultyRecord, RecordFault, RecordReject
from coderm.storage.jsonl import Row

_SECONDS = re.compile(r"\d+(?:\.\d+)?")
_FUNCTION = re.compile(r"^\s*(?:class|def)\s+\w+", re.MULTILINE)
_FENCED = re.compile(r"\s*```[^\n]*\n(.*?)\n?```\s*", re.DOTALL)
MAX_SOLUTIONS = 8
"""Solutions of a record that are tried for one in Python 3."""


def record_reader(convert: Callable[[Row, str], Problem | None]) -> Callable[[Row, str], Problem | RecordReject | None]:
    """Return a reader of rows whose nulls count as absent, and which returns what is wrong with a record."""

    @wraps(convert)
    def read(row: Row, where: str) -> Problem | RecordReject | None:
        try:
            return convert(present(row), where)
        except FaultyRecord as fault:
            return fault.reject

    return read


def contest_problem(
    task_id: str,
    question: str,
    tests: RecordTests,
    source: str,
    *,
    starter: str = "",
    reference: str = "",
    comparison: Comparison | None = None,
    cpu_s: float | None = None,
    examples: tuple[Case, ...] = (),
) -> Problem:
    """Return the problem of a record; `comparison`: what its data set says, none: what fits the outputs. Raises FaultyRecord."""
    if not question.strip():
        raise FaultyRecord(RecordFault.NO_QUESTION)
    if comparison is None and several_outputs(question):
        raise FaultyRecord(RecordFault.NEEDS_CHECKER)
    if not tests.function:
        if _FUNCTION.search(starter):
            raise FaultyRecord(RecordFault.CONTRADICTORY, "its starter code is a function, and no test names one")
        return Problem(
            task_id=task_id,
            question=question.strip(),
            reference=reference,
            source=source,
            judge_cpu_s=cpu_s,
            cases=stdin_cases(tests.pairs, comparison),
            example_cases=examples,
        )
    prompt = _prompt(starter)
    return Problem(
        task_id=task_id,
        question=question.strip() + (f"\n\nUse this code to begin with:\n\n{prompt}" if prompt else ""),
        entry_point=entry_point(tests.function, starter),
        prompt=prompt,
        reference=reference,
        checks=call_checks(tests, starter),
        source=source,
        judge_cpu_s=cpu_s,
    )


def text_of(row: Row, name: str) -> str:
    """Return a text field, empty where it is absent. Raises FaultyRecord for another type."""
    value = row.get(name, "")
    if not isinstance(value, str):
        raise FaultyRecord(RecordFault.UNREADABLE, f"{name} is {type(value).__name__}")
    return value


def row_id(row: Row, names: Iterable[str], where: str, prefix: str) -> str:
    """Return `prefix/id`: the first id that is there, else the row's number in its file."""
    found = (row[name] for name in names if isinstance(row.get(name), str | int) and str(row[name]).strip())
    return f"{prefix}/{next(found, where.rpartition(':')[2])}"


def seconds(value: Any) -> float | None:
    """Return a time limit: a number, text that begins with one, or {seconds, nanos}; none for none above 0."""
    match value:
        case bool():
            return None
        case int() | float():
            limit = float(value)
        case str():
            found = _SECONDS.search(value)
            limit = float(found[0]) if found else 0.0
        case dict():
            parts = (seconds(value.get(name)) or 0.0 for name in ("seconds", "nanos"))
            limit = next(parts) + next(parts) / 1e9
        case _:
            return None
    return limit if 0 < limit < float("inf") else None


def first_python(solutions: Any) -> str:
    """Return the first of some solutions, fenced or not, that is Python 3; empty for none. Nobody has run it."""
    texts = [_unfenced(item) for item in solutions if isinstance(item, str)][:MAX_SOLUTIONS] if isinstance(solutions, list) else []
    return next((text for text in texts if text.strip() and not isinstance(parse(text), BadSyntax)), "")


def _unfenced(text: str) -> str:
    found = _FENCED.fullmatch(text)
    return found[1] if found else text


def _prompt(starter: str) -> str:
    if not starter.strip():
        return ""
    above = "from typing import *\n\n\n" if "class Solution" in starter else ""
    return above + starter.rstrip() + "\n"
