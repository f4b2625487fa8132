"""What all readers share: rows become problems one at a time, and no two problems have one id.

A converter turns one row into a Problem, or into None when the row is skipped on purpose. Apart from the ids seen so far nothing
is kept, so that a file of any length streams.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from coderm.errors import DataError
from coderm.messages.problem import Problem
from coderm.storage.jsonl import Row, read_jsonl
from coderm.storage.surrogates import has_lone_surrogate, replaced

log = logging.getLogger(__name__)

Converter = Callable[[Row, str], Problem | None]
"""(row, place such as `file:line`) -> Problem; raises DataError starting with the place."""


def problems_from_file(path: Path, convert: Converter) -> Iterator[Problem]:
    """Yield the problems of a JSONL file; raises DataError naming file:line."""
    return problems_from_rows(((f"{path}:{number}", row) for number, row in read_jsonl(path)), convert)


def problems_from_rows(rows: Iterable[tuple[str, Row]], convert: Converter) -> Iterator[Problem]:
    """Yield the problems of (place, row) pairs and log how many rows were skipped, and in how many lone surrogates were replaced.

    Raises DataError naming both places when an id occurs twice.
    """
    places: dict[str, str] = {}
    place, skipped, repaired = "", 0, 0
    for place, row in rows:
        problem = convert(row, place)
        if problem is None:
            skipped += 1
            continue
        if has_lone_surrogate(problem.task_id):
            raise DataError(f"{place}: task_id {problem.task_id!r} holds a lone surrogate, which is no character; rename the task")
        asked, problem = problem, _readable(problem)
        repaired += asked != problem
        if problem.task_id in places:
            raise DataError(f"{place}: task_id {problem.task_id!r} is already at {places[problem.task_id]}; rename or remove one")
        places[problem.task_id] = place
        yield problem
    if skipped:
        log.warning("%s: end of the data; skipped %d problems of a kind this reader leaves out", place, skipped)
    if repaired:
        log.warning("%s: end of the data; replaced lone surrogates by U+FFFD in the text of %d problems", place, repaired)


def _readable(problem: Problem) -> Problem:
    """Return a problem whose question, stub and messages can be sent to a model; tests are code and stay as they are."""
    return replace(
        problem,
        question=replaced(problem.question),
        prompt=replaced(problem.prompt),
        entry_point=replaced(problem.entry_point),
        source=replaced(problem.source),
        messages=tuple(replace(message, content=replaced(message.content)) for message in problem.messages),
    )
