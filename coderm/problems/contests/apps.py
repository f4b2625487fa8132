"""APPS: {problem_id, question, input_output, starter_code, solutions}; `input_output` and `solutions` are JSON text.

Tests: {"inputs", "outputs"} and, for functions, "fn_name".
"""

from coderm.messages.problem import Problem
from coderm.problems.contests.record import contest_problem, first_python, record_reader, row_id, seconds, text_of
from coderm.problems.contests.shapes import read_tests
from coderm.problems.contests.values import parsed
from coderm.problems.faults import FaultyRecord
from coderm.storage.jsonl import Row


@record_reader
def problem_from_row(row: Row, where: str) -> Problem:
    """Turn one row into a Problem."""
    return read(row, where, "APPS", "apps")


def read(row: Row, where: str, prefix: str, source: str) -> Problem:
    """Read a row of APPS or of a set of its form. Raises FaultyRecord."""
    return contest_problem(
        row_id(row, ("problem_id", "id"), where, prefix),
        text_of(row, "question"),
        read_tests(row.get("input_output")),
        source,
        starter=text_of(row, "starter_code"),
        reference=first_python(_solutions(row.get("solutions"))),
        cpu_s=seconds(row.get("time_limit")),
    )


def _solutions(value: object) -> object:
    """Return solutions from their JSON text; a reference is not needed, so that what is no JSON is none."""
    try:
        return parsed(value, "solutions") if isinstance(value, str) else value
    except FaultyRecord:
        return None
