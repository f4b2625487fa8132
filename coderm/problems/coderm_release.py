"""Files released with CodeRM: benchmark prompts and the training set's unit tests.

A benchmark row is {task_id, messages}: the ready-made prompt of the test writer, kept verbatim in `Problem.messages`; the question
is cut out of it. Such files carry no checks, so nothing can be scored with them alone. A row of the data set CodeRM-UnitTest is
{task_id, question, code_ground_truth, unit_tests}; its generated tests, which the ground truth passes, become the checks.
"""

import json
import re
from typing import Any, get_args

from coderm.errors import DataError
from coderm.messages.problem import ChatMessage, Problem
from coderm.problems.unittest_text import as_module
from coderm.storage.jsonl import Row, require, typed

_QUESTION = re.compile(
    r"^###[ \t]*question[ \t]*:?[ \t]*\n(.*?)(?=^###[ \t]*code solution\b|\Z)", re.DOTALL | re.IGNORECASE | re.MULTILINE
)
"""The question's section of the released prompt, up to the section with the code."""
_ROLES = get_args(ChatMessage.__annotations__["role"])


def problem_from_row(row: Row, where: str) -> Problem:
    """Turn one row of either format into a Problem."""
    return _unit_test_row(row, where) if "unit_tests" in row else _benchmark_row(row, where)


def _benchmark_row(row: Row, where: str) -> Problem:
    messages = tuple(_message(item, where) for item in require(row, "messages", list, where))
    found = next((match for item in messages if item.role == "user" and (match := _QUESTION.search(item.content))), None)
    if found is None:
        raise DataError(f"{where}: no user message with a '### question' section; use the inputs meant for unit tests (_ut)")
    return Problem(task_id=_task_id(row, where), question=found[1].strip(), messages=messages, source="coderm")


def _unit_test_row(row: Row, where: str) -> Problem:
    try:
        tests = json.loads(require(row, "unit_tests", str, where))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where}: field 'unit_tests' is not valid JSON ({error}); fetch the file again") from None
    codes = [require(item, "code", str, where) for item in typed(tests, "unit_tests", list, where) if isinstance(item, dict)]
    return Problem(
        task_id=_task_id(row, where),
        question=require(row, "question", str, where),
        reference=require(row, "code_ground_truth", str, where),
        checks=tuple(as_module(code, where) for code in codes),
        source="coderm-unittest",
    )


def _task_id(row: Row, where: str) -> str:
    value = row.get("task_id")
    return f"CodeRM/{value}" if isinstance(value, int) and not isinstance(value, bool) else require(row, "task_id", str, where)


def _message(item: Any, where: str) -> ChatMessage:
    message = typed(item, "messages[]", dict, where)
    role = require(message, "role", str, where)
    if role not in _ROLES:
        raise DataError(f"{where}: a message has the role {role!r}; known are {', '.join(_ROLES)}")
    return ChatMessage(role=role, content=require(message, "content", str, where))  # type: ignore[arg-type]
