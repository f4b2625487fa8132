"""TACO: rows in the form of APPS without ids, some with a time limit as text; a problem's id is its place in the file."""

from coderm.messages.problem import Problem
from coderm.problems.contests import apps
from coderm.problems.contests.record import record_reader
from coderm.storage.jsonl import Row


@record_reader
def problem_from_row(row: Row, where: str) -> Problem:
    """Turn one row into a Problem."""
    return apps.read(row, where, "TACO", "taco")
