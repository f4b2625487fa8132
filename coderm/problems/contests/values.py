"""JSON of records: whole numbers of any length, and absent values that a table's columns turned into null."""

import json
from decimal import Decimal
from typing import Any

from coderm.problems.faults import FaultyRecord, RecordFault

MAX_DIGITS = 100_000
"""Digits of a whole number in a record: far above what any data set holds, low enough to stay fast."""
_PYTHON_DIGITS = 4_000
"""Digits that `int` reads under any limit; longer ones go through Decimal, which has none."""
_OPAQUE = frozenset({"inputs", "outputs", "input", "output", "expected_output"})
"""Fields that hold values of a program, in which a null is a null."""


def parsed(text: str, what: str) -> Any:
    """Return the value of a JSON text. Raises FaultyRecord for what is none."""
    try:
        return json.loads(text, parse_int=_integer)
    except (ValueError, RecursionError) as error:
        raise FaultyRecord(RecordFault.UNREADABLE, f"{what}: {error}") from None


def present(value: Any) -> Any:
    """Return a record without the keys whose value is null, at any depth but for values of programs."""
    match value:
        case dict():
            return {key: item if key in _OPAQUE else present(item) for key, item in value.items() if item is not None}
        case list():
            return [present(item) for item in value]
    return value


def _integer(digits: str) -> int:
    if len(digits) <= _PYTHON_DIGITS:
        return int(digits)
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a whole number of {len(digits)} digits")
    return int(Decimal(digits))
