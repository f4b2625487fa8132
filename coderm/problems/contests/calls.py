"""Cases of a function: each becomes a unit test module that calls it with the arguments and compares the result.

Arguments are a list, or text with one JSON value a line; a result is a value or its JSON text. Some sets wrap results as [result]:
that form counts only where every result of the record is a list of one item. Results are compared as JSON can tell them apart:
tuples as lists. Where all keys of a dict are digits, they may be integers.
"""

from typing import Any

from coderm.problems.contests.shapes import RecordTests
from coderm.problems.contests.values import parsed
from coderm.problems.faults import FaultyRecord, RecordFault
from coderm.problems.unittest_text import module_text

_BODY = """\
inf, nan = float('inf'), float('nan')
arguments, right = {arguments!r}, {right!r}
def plain(value):
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return {{key: plain(item) for key, item in value.items()}} if isinstance(value, dict) else value
{fetch}
found = plain(call(*arguments))
self.assertIn(found, right)
"""
_METHOD = "call = Solution().{name}"
_FUNCTION = "call = {name}"
_EITHER = "try:\n    call = Solution().{name}\nexcept (NameError, AttributeError):\n    call = {name}"


def call_checks(tests: RecordTests, starter: str) -> tuple[str, ...]:
    """Return one module a case; `starter` says whether the function is a method of Solution. Raises FaultyRecord."""
    pairs = [(_arguments(given), _result(wanted, isinstance(given, str))) for given, wanted in tests.pairs]
    wrapped = all(isinstance(wanted, list) and len(wanted) == 1 for _, wanted in tests.pairs)
    fetch = _fetch(tests.function, starter)
    return tuple(_module(arguments, wanted, wrapped, fetch) for arguments, wanted in pairs)


def entry_point(function: str, starter: str) -> str:
    """Return the entry point: a method of Solution where the starter code declares that class."""
    return f"Solution.{function}" if "class Solution" in starter else function


def _fetch(function: str, starter: str) -> str:
    form = _METHOD if "class Solution" in starter else _FUNCTION if f"def {function}" in starter else _EITHER
    return form.format(name=function)


def _module(arguments: list[Any], wanted: Any, wrapped: bool, fetch: str) -> str:
    right = [wanted, *([wanted[0]] if wrapped else [])]
    right += [item for item in map(_numbered, right) if item is not None]
    first = _numbered(arguments[0]) if arguments else None
    arguments = arguments if first is None else [first, *arguments[1:]]
    try:
        return module_text(_BODY.format(arguments=arguments, right=right, fetch=fetch))
    except ValueError:
        raise FaultyRecord(RecordFault.UNREADABLE, "a whole number is too long for Python source") from None


def _arguments(given: Any) -> list[Any]:
    if isinstance(given, list):
        return given
    if not isinstance(given, str):
        raise FaultyRecord(RecordFault.UNREADABLE, f"arguments are {type(given).__name__}")
    try:
        return [parsed(line, "arguments") for line in given.splitlines() if line.strip()]
    except FaultyRecord as fault:
        raise FaultyRecord(RecordFault.CONTRADICTORY, f"a function is named, and {fault.reject.detail}") from None


def _result(wanted: Any, as_text: bool) -> Any:
    """Return the value of a result: beside arguments as text it is JSON text, beside a list of arguments it is itself."""
    return parsed(wanted, "result") if as_text and isinstance(wanted, str) else wanted


def _numbered(value: Any) -> Any:
    """Return a dict with integers for keys where all its keys are digits; None for any other value."""
    if not isinstance(value, dict) or not value or not all(isinstance(key, str) for key in value):
        return None
    digits = all(key.removeprefix("-").isascii() and key.removeprefix("-").isdigit() and len(key) < 1000 for key in value)
    return {int(key): item for key, item in value.items()} if digits else None
