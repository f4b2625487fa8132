"""What all readers share: rows become problems one at a time, and no two problems have one id.

A converter turns one row into a Problem, into a reject that names what is wrong with it, or into None when the row is skipped on
purpose. Apart from the ids seen so far and the counts nothing is kept, so that a file of any length streams.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from coderm.errors import DataError
from coderm.messages.problem import Problem
from coderm.problems.faults import RecordFault, RecordReject
from coderm.storage.jsonl import Row, read_jsonl
from coderm.storage.surrogates import has_lone_surrogate, replaced

log = logging.getLogger(__name__)

Converter = Callable[[Row, str], Problem | RecordReject | None]
"""(row, place such as `file:line`) -> Problem; raises DataError starting with the place."""
Faults = Counter[RecordFault]
"""How many records were rejected, and what for."""


def problems_from_file(path: Path, convert: Converter, faults: Faults | None = None) -> Iterator[Problem]:
    """Yield the problems of a JSONL file and count the rejects in `faults`; raises DataError naming file:line."""
    return problems_from_rows(((f"{path}:{number}", row) for number, row in read_jsonl(path)), convert, faults)


def problems_from_rows(rows: Iterable[tuple[str, Row]], convert: Converter, faults: Faults | None = None) -> Iterator[Problem]:
    """Yield the problems of (place, row) pairs; log how many rows were skipped, rejected or had lone surrogates.

    Rejects are counted in `faults`. Raises DataError naming both places when an id occurs twice.
    """
    places: dict[str, str] = {}
    place, skipped, repaired = "", 0, 0
    faults = Counter() if faults is None else faults
    for place, row in rows:
        problem = convert(row, place)
        if problem is None:
            skipped += 1
            continue
        if isinstance(problem, RecordReject):
            faults[problem.fault] += 1
            log.debug("%s: rejected as %s %s", place, problem.fault, problem.detail)
            continue
        if has_lone_surrogate(problem.task_id):
            raise DataError(f"{place}: task_id {problem.task_id!r} holds a lone surrogate, which is no character; rename the task")
        asked, problem = problem, readable(problem)
        repaired += asked != problem
        if problem.task_id in places:
            raise DataError(f"{place}: task_id {problem.task_id!r} is already at {places[problem.task_id]}; rename or remove one")
        places[problem.task_id] = place
        yield problem
    if skipped:
        log.warning("%s: end of the data; skipped %d problems of a kind this reader leaves out", place, skipped)
    if faults:
        log.warning("%s: end of the data; rejected %d records: %s", place, faults.total(), _counted(faults))
    if repaired:
        log.warning("%s: end of the data; replaced lone surrogates by U+FFFD in the text of %d problems", place, repaired)


def _counted(faults: Faults) -> str:
    return ", ".join(f"{fault} {count}" for fault, count in sorted(faults.items()))


def readable(problem: Problem) -> Problem:
    """Return a problem whose question, stub and messages can be sent to a model; tests are code and stay as they are."""
    return replace(
        problem,
        question=replaced(problem.question),
        prompt=replaced(problem.prompt),
        entry_point=replaced(problem.entry_point),
        source=replaced(problem.source),
        messages=tuple(replace(message, content=replaced(message.content)) for message in problem.messages),
    )
