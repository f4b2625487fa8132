"""DeepCoder: {problem, tests, solutions, starter_code, metadata}; tests have the form of the set that a row was taken from,
and solutions may stand between fences.

Rows of PrimeIntellect's verifiable problems, which are among these sets, are read too: {prompt, verification_info}.

All tests are kept; DeepCoder's own reward takes the 15 with the longest inputs.
"""

from coderm.messages.problem import Problem
from coderm.problems.contests.record import contest_problem, first_python, record_reader, row_id, text_of
from coderm.problems.contests.shapes import read_tests
from coderm.problems.contests.values import parsed
from coderm.storage.jsonl import Row


@record_reader
def problem_from_row(row: Row, where: str) -> Problem:
    """Turn one row into a Problem."""
    return contest_problem(
        row_id(row, ("id", "task_id", "problem_id"), where, "DeepCoder"),
        text_of(row, "problem") or text_of(row, "prompt"),
        read_tests(row.get("tests", row.get("verification_info")), _function(row)),
        "deepcoder",
        starter=text_of(row, "starter_code"),
        reference=first_python(row.get("solutions")),
    )


def _function(row: Row) -> str:
    """Return the function's name that stands beside the tests, empty for none."""
    metadata = row.get("metadata")
    metadata = parsed(metadata, "metadata") if isinstance(metadata, str) and metadata.strip() else metadata
    name = metadata.get("func_name") if isinstance(metadata, dict) else None
    return name.strip() if isinstance(name, str) else ""
