"""Which fields of a row hold the user's programs or tests: the forms of other tools whose meaning is certain, and hints for others.

Programs: `solutions` (released CodeRM), `solution` and `completion` (EvalPlus), `code_list` (LiveCodeBench). Tests: `unit_tests`
(also as the JSON text of CodeRM-UnitTest), `tests`, `test_list` (MBPP) and `test` (HumanEval). A field that may mean two things is
never guessed at: the message names it and what to do.
"""

import json

from coderm.errors import DataError
from coderm.messages.problem import Problem
from coderm.storage.jsonl import Row, identifier, require, typed

LISTS = ("solutions", "code_list", "unit_tests", "tests", "test_list")
"""Fields that hold everything a task has, so that a second row of the task is a mistake."""

_ANSWER = "rename it 'solution' if it is a whole program or 'completion' if it continues the prompt; `coderm run` reads answers"
_PROGRAM = "rename it 'solution' (one program a line) or 'solutions' (a list)"
_IDS = ("id", "problem_id", "problem", "name", "task", "key")
_HINTS = {
    **dict.fromkeys(("generation", "generations", "response", "responses", "output", "outputs", "output_list"), _ANSWER),
    **dict.fromkeys(("answer", "completions", "samples", "prediction", "raw_solution", "text"), _ANSWER),
    **dict.fromkeys(("code", "codes", "program", "programs", "candidate", "candidates", "canonical_solution"), _PROGRAM),
    **dict.fromkeys(("unit_test", "unittests", "test_cases", "asserts", "assertions", "test_code"), "rename it 'unit_tests'"),
}


def row_id(row: Row, where: str) -> str:
    """Return the task's id as text: `task_id`, or `question_id` as LiveCodeBench has it."""
    name = next((name for name in ("task_id", "question_id") if name in row), None)
    if name is None:
        other = next((f"there is {name!r}: rename it 'task_id'" for name in row if name in _IDS), "every row names its task")
        raise DataError(f"{where}: field 'task_id' is missing; {other}")
    return identifier(row, name, where)


def programs(row: Row, where: str, problem: Problem) -> list[str]:
    """Return the programs of a row; raises DataError."""
    match _field(row, ("solution", "completion", "solutions", "code_list"), where):
        case "solution":
            return [require(row, "solution", str, where)]
        case "completion":
            return [problem.prompt + require(row, "completion", str, where)]
        case name:
            items: list[object] = require(row, name, list, where)
            return [_text(item, "solution", f"{where}: {name}[{place}]") for place, item in enumerate(items)]


def tests(row: Row, where: str, problem: Problem) -> list[str]:
    """Return the tests of a row; raises DataError."""
    name = _field(row, ("unit_tests", "tests", "test_list", "test"), where)
    value = row.get(name)
    if isinstance(value, str) and name != "unit_tests":
        return [value]
    items: list[object] = typed(_decoded(value), name, list, where)
    key = "code" if any(isinstance(item, dict) for item in items) else f"{name}[]"
    return [_text(item, key.replace("[]", f"[{place}]"), where) for place, item in enumerate(items)]


def _decoded(value: object) -> object:
    """Read the list that CodeRM-UnitTest keeps as JSON text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _text(item: object, name: str, where: str) -> str:
    """Return a text, or the one that an object holds under this name."""
    if isinstance(item, dict) and name not in item:
        raise DataError(f"{where}: field {name!r} is missing; write a text or an object with {name!r}")
    return typed(item[name] if isinstance(item, dict) else item, name, str, where)


def _field(row: Row, names: tuple[str, ...], where: str) -> str:
    """Return the first of these fields that holds something, else one that is there; raises DataError with a remedy."""
    there = [name for name in names if name in row]
    filled = [name for name in there if row[name] is not None]
    if there:
        return (filled or there)[0]
    wanted = "solutions" if "solutions" in names else "unit_tests"
    for name in row:
        if name in _HINTS:
            raise DataError(f"{where}: field {wanted!r} is missing; there is {name!r}: {_HINTS[name]}")
    raise DataError(f"{where}: field {wanted!r} is missing; a row needs one of {', '.join(map(repr, names))}")
