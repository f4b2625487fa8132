"""Reads a data set's row: which problem it is and, where it brings them, the tests.

Tests travel as one column of JSON text, since data sets change what is nested: dicts get the keys of all rows, and numbers their
neighbours' type. A column of dicts is refused. The text may hold

- a problem or a suite as `POST /v1/problems` takes them (`{"id": ...}`, `{"type": "unittest" | "stdin", ...}`);
- a list of assert lines or unittest modules;
- a list of `{"input": ..., "output": ...}`, or `{"inputs": [...], "outputs": [...]}`, for programs that read stdin.

A text that is no JSON is the id of a problem that the service knows.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from coderm.client.contract import CaseSuite, CaseText, ProblemText, SuiteText, UnitTestSuite
from coderm.config.mistakes import told
from coderm.errors import DataError, InputError
from coderm.messages import problem as messages
from coderm.messages.hashing import content_hash

Problem = str | ProblemText
_SUITE: TypeAdapter[SuiteText] = TypeAdapter(SuiteText)
REMEDY = "write the tests as one column of JSON text: json.dumps(tests)"


def problem_of(tests: object, problem_id: object = None) -> Problem:
    """Return the problem of a row, to be sent whole where the row brings tests. Raises InputError naming the remedy."""
    if isinstance(tests, Mapping | list | tuple):
        raise InputError(f"the tests are a {type(tests).__name__}, whose keys and numbers a data set changes; {REMEDY}")
    if tests is not None and not isinstance(tests, str):
        raise InputError(f"the tests are a {type(tests).__name__}; {REMEDY}")
    name = "" if problem_id is None else str(problem_id)
    if tests is None or not tests.strip():
        if not name:
            raise InputError(f"a row has neither tests nor a problem's id; {REMEDY}, or give ids of registered problems")
        return name
    return _read(tests, name)


@lru_cache(maxsize=4096)
def _read(tests: str, name: str) -> Problem:
    """One row is read once for all its rollouts."""
    if tests.lstrip()[0] not in "{[":
        return tests.strip()
    try:
        found = json.loads(tests)
    except ValueError as error:
        raise InputError(f"the tests are no JSON ({error}); {REMEDY}") from None
    try:
        if isinstance(found, dict) and "id" in found:
            return ProblemText.model_validate_json(tests)
        return ProblemText(id=name or f"inline/{content_hash(tests)}", suite=_suite(found))
    except (ValidationError, DataError) as error:
        said = error.message if isinstance(error, DataError) else told(error, "the tests", 1)
        raise InputError(f"the tests have no known shape ({said}); docs/integrations/trl.md lists the shapes") from None


def _suite(found: Any) -> SuiteText:
    match found:
        case {"type": _}:
            return _SUITE.validate_python(found)
        case {"inputs": list(inputs), "outputs": list(outputs)} if not found.get("fn_name"):
            if len(inputs) != len(outputs):
                raise DataError(f"{len(inputs)} inputs and {len(outputs)} outputs")
            return CaseSuite(cases=tuple(CaseText(input=i, output=o) for i, o in zip(inputs, outputs, strict=True)))
        case [{"input": _, "output": _}, *_]:
            return CaseSuite(cases=tuple(CaseText(input=case["input"], output=case["output"]) for case in found))
        case [str(), *_]:
            return UnitTestSuite(tests=tuple(_module(text) for text in found))
        case _:
            raise DataError("neither a problem, a suite, assert lines nor cases")


def _module(text: str) -> str:
    from coderm.problems.unittest_text import as_module

    return as_module(text, "tests")


def dataset_row(problem: messages.Problem) -> dict[str, str]:
    """Return a problem as a row of a trainer's data set: `problem_id`, `tests` (one JSON text), and `question`."""
    suite = UnitTestSuite(tests=problem.checks) if problem.checks else None
    whole = ProblemText(
        id=problem.task_id,
        question=problem.question,
        entry_point=problem.entry_point,
        prelude=problem.prelude,
        examples=problem.examples,
        suite=suite,
        cpu_s=problem.judge_cpu_s,
    )
    return {"problem_id": problem.task_id, "tests": whole.model_dump_json(), "question": problem.prompt or problem.question}


def last_answer(completion: object) -> str:
    """Return the text of a completion: itself, or the content of the last assistant message that has any; else ""."""
    if isinstance(completion, str):
        return completion
    if not isinstance(completion, list | tuple):
        return ""
    said = [message for message in completion if isinstance(message, Mapping) and message.get("role", "assistant") == "assistant"]
    return next((text for message in reversed(said) if (text := _content(message.get("content")))), "")


def _content(content: object) -> str:
    """A message's content is a text, or parts of which some are text."""
    if isinstance(content, list | tuple):
        parts = (part.get("text") for part in content if isinstance(part, Mapping))
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""
