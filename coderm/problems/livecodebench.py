"""LiveCodeBench: a method of `class Solution` is called with given arguments, one case a check; or a program reads standard input.

`func_name` in a row's metadata decides, as in the harness. A row whose test types say otherwise is rejected.

The harness's prelude and limits belong to the problem: imports in front of every program, a recursion limit, seconds per case.

The prompt of a method is the starter code after `from typing import *`, which LiveCodeBench's own harness also grants. Hidden test
cases may come packed (base64, zlib, and a pickled text); they are unpickled by a reader that knows text and nothing else.
"""

import base64
import binascii
import io
import json
import pickle
import zlib
from dataclasses import replace
from typing import Any, NoReturn

from coderm.errors import DataError
from coderm.messages.cases import Case
from coderm.messages.problem import Problem
from coderm.problems.contests.record import record_reader
from coderm.problems.contests.stdin_cases import several_outputs, stdin_cases
from coderm.problems.faults import FaultyRecord, RecordFault
from coderm.problems.unittest_text import module_text
from coderm.storage.jsonl import Row, identifier, optional, require

CASE_CPU_S = 6.0
"""Seconds per case: the limit of LiveCodeBench's own harness. A check holds one case, so that each has its full limit."""
RECURSION_LIMIT = 50_000
"""What the harness sets before it runs a program, and likewise the digits of integers."""
INT_DIGITS = 50_000
_MODULES = (
    *("string", "re", "datetime", "collections", "heapq", "bisect", "copy", "math", "random", "statistics", "itertools"),
    *("functools", "operator", "io", "sys", "json"),
)
PRELUDE = "".join(f"from {name} import *\n" for name in (*_MODULES, "typing")) + "".join(f"import {name}\n" for name in _MODULES)
"""What the harness imports in front of every program: first the names of the modules, then the modules."""
MAX_UNPACKED = 1 << 30
"""Bytes one row's hidden cases may unpack to; the largest published ones are far below."""


@record_reader
def problem_from_row(row: Row, where: str) -> Problem:
    """Turn one row into a Problem."""
    public = _cases(row, "public_test_cases", where)
    cases = public + _cases(row, "private_test_cases", where)
    if not cases:
        raise FaultyRecord(RecordFault.NO_TESTS)
    method = _method(row, where)
    kinds = {case.get("testtype", "") for case in cases} - {""}
    if not kinds <= {"functional" if method else "stdin"}:
        raise FaultyRecord(RecordFault.CONTRADICTORY, "func_name and testtype disagree")
    question = require(row, "question_content", str, where).strip()
    read = _functional(row, question, method, cases, public, where) if method else _stdin(question, cases, public, where)
    return replace(
        read,
        task_id=identifier(row, "question_id", where),
        source="livecodebench",
        judge_cpu_s=CASE_CPU_S,
        prelude=PRELUDE,
        recursion_limit=RECURSION_LIMIT,
        int_digits=INT_DIGITS,
    )


def _functional(
    row: Row, question: str, method: str, cases: list[dict[str, Any]], public: list[dict[str, Any]], where: str
) -> Problem:
    prompt = "from typing import *\n\n\n" + optional(row, "starter_code", str, where, "").rstrip() + "\n"
    return Problem(
        task_id="",
        question=f"{question}\n\nUse this code to begin with:\n\n{prompt}",
        entry_point="Solution",
        prompt=prompt,
        checks=tuple(_check(method, case, where) for case in cases),
        examples=tuple(_check(method, case, where) for case in public),
    )


def _stdin(question: str, cases: list[dict[str, Any]], public: list[dict[str, Any]], where: str) -> Problem:
    if several_outputs(question):
        raise FaultyRecord(RecordFault.NEEDS_CHECKER)
    hidden = stdin_cases(tuple(_texts(case, where) for case in cases))
    return Problem(task_id="", question=question, cases=hidden, example_cases=tuple(Case(*_texts(case, where)) for case in public))


def _method(row: Row, where: str) -> str:
    """Return the method that the harness calls, empty where it names none: then programs read standard input."""
    metadata = row.get("metadata", "")
    if isinstance(metadata, str):
        metadata = _json(metadata, "metadata", where) if metadata.strip() else {}
    name = metadata.get("func_name") if isinstance(metadata, dict) else None
    if name is not None and not (isinstance(name, str) and name.isidentifier()):
        raise FaultyRecord(RecordFault.BAD_NAME)
    return name or ""


def _check(method: str, case: dict[str, Any], where: str) -> str:
    """Return a module that calls the method for a case; as in LiveCodeBench, a tuple counts as the list of its items."""
    arguments, wanted = _pair(case, where)
    return module_text(
        f"inf, nan = float('inf'), float('nan')\n"
        f"arguments, wanted = {arguments!r}, {wanted!r}\n"
        f"found = Solution().{method}(*arguments)\n"
        f"self.assertEqual(list(found) if isinstance(found, tuple) else found, wanted)"
    )


def _pair(case: dict[str, Any], where: str) -> tuple[list[Any], Any]:
    given, wanted = _texts(case, where)
    arguments = [_json(line, "input of a test case", where) for line in given.splitlines() if line.strip()]
    return arguments, _json(wanted, "output of a test case", where)


def _texts(case: dict[str, Any], where: str) -> tuple[str, str]:
    given, wanted = case.get("input"), case.get("output")
    if not isinstance(given, str) or not isinstance(wanted, str):
        raise DataError(f"{where}: a test case has no text 'input' and 'output'; correct the row")
    return given, wanted


def _cases(row: Row, name: str, where: str) -> list[dict[str, Any]]:
    """Read a list of test cases: as it is, as JSON text, as packed JSON text, or nothing."""
    cases = row.get(name, "")
    if isinstance(cases, str):
        text = cases.strip()
        if not text:
            return []
        cases = _json(text if text.startswith("[") else _unpack(text, name, where), name, where)
    if not isinstance(cases, list) or not all(isinstance(case, dict) for case in cases):
        raise DataError(f"{where}: field {name!r} must hold a list of test cases; correct the row")
    return cases


def _json(text: str, name: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where}: {name} is not valid JSON ({error}); correct the row") from None


def _unpack(text: str, name: str, where: str) -> str:
    try:
        stream = zlib.decompressobj()
        raw = stream.decompress(base64.b64decode(text, validate=True), MAX_UNPACKED)
        if not stream.eof:
            raise zlib.error("cut off or too long")
        value = _TextUnpickler(io.BytesIO(raw)).load()
    except (binascii.Error, zlib.error, pickle.UnpicklingError, EOFError, ValueError, LookupError, TypeError) as error:
        raise DataError(f"{where}: field {name!r} is neither JSON nor packed JSON ({error}); fetch the file again") from None
    if not isinstance(value, str):
        raise DataError(f"{where}: field {name!r} packs {type(value).__name__}, not text; fetch the file again")
    return value


class _TextUnpickler(pickle.Unpickler):
    """Builds plain values only: every class and function a pickle may name is refused."""

    def find_class(self, module_name: str, global_name: str, /) -> NoReturn:
        raise pickle.UnpicklingError(f"{module_name}.{global_name} is not allowed")
