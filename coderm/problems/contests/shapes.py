"""The tests of a record, whatever shape it has: one list of (input, output) and the function called, if one is.

| shape | found in |
|---|---|
| `{"inputs": [...], "outputs": [...], "fn_name"}` | APPS, TACO, PRIME, DeepCoder |
| `{"input": [...], "output": [...]}` | CodeContests |
| `{"language", "test_cases": [...]}` | PrimeIntellect's verifiable problems |
| `[{"input", "output", "fn_name" or "metadata": {"func_name"}, "type" or "testtype"}, ...]` | DeepCoder, Codeforces |

Each may be JSON text.
"""

from dataclasses import dataclass
from typing import Any

from coderm.problems.contests.values import parsed, present
from coderm.problems.faults import FaultyRecord, RecordFault

_NAMES = ("fn_name", "func_name")
_CALLS = frozenset({"functional", "function_call", "call_based"})
_STDIN = frozenset({"stdin", "stdin_stdout", "stdio"})


@dataclass(frozen=True, slots=True)
class RecordTests:
    """Inputs and outputs as the record has them, at least one, and the function's name; empty: programs read standard input."""

    pairs: tuple[tuple[Any, Any], ...]
    function: str = ""


def read_tests(value: Any, function: str = "") -> RecordTests:
    """Read the tests of a record; `function`: a name that stands elsewhere in it. Raises FaultyRecord."""
    value = present(parsed(value, "tests") if isinstance(value, str) and value.strip() else value)
    if value is None or value in ("", [], {}):
        raise FaultyRecord(RecordFault.NO_TESTS)
    match value:
        case {"test_cases": list(tests)}:
            return read_tests(tests, function)
        case dict():
            found = RecordTests(_columns(value), _name(value) or function)
        case list() if all(isinstance(item, dict) for item in value):
            found = _rows(value, function)
        case _:
            raise FaultyRecord(RecordFault.UNREADABLE, f"tests are {type(value).__name__}")
    if not found.pairs:
        raise FaultyRecord(RecordFault.NO_TESTS)
    if found.function and not found.function.isidentifier():
        raise FaultyRecord(RecordFault.BAD_NAME)
    return found


def _columns(value: dict[str, Any]) -> tuple[tuple[Any, Any], ...]:
    inputs, outputs = (value.get(name, value.get(name + "s", [])) for name in ("input", "output"))
    if not isinstance(inputs, list) or not isinstance(outputs, list):
        raise FaultyRecord(RecordFault.UNREADABLE, "inputs and outputs are no lists")
    if len(inputs) != len(outputs):
        raise FaultyRecord(RecordFault.UNEQUAL_COUNTS, f"{len(inputs)} inputs, {len(outputs)} outputs")
    return tuple(zip(inputs, outputs, strict=True))


def _rows(value: list[dict[str, Any]], function: str) -> RecordTests:
    if not all({"input", "output"} <= item.keys() for item in value):
        raise FaultyRecord(RecordFault.UNREADABLE, "a test lacks input or output")
    names = {_name(item) for item in value} - {""}
    kinds = {str(item.get("testtype", item.get("type", ""))) for item in value} - {""}
    named = names | ({function} - {""})
    if len(named) > 1 or not kinds <= _CALLS | _STDIN:
        raise FaultyRecord(RecordFault.CONTRADICTORY, f"{len(named)} function names, {len(kinds)} kinds of tests")
    calls, reads = bool(kinds & _CALLS), bool(kinds & _STDIN)
    if (calls and reads) or (reads and named) or (calls and not named):
        raise FaultyRecord(RecordFault.CONTRADICTORY, "the kind of its tests and its function's name disagree")
    return RecordTests(tuple((item["input"], item["output"]) for item in value), next(iter(named), ""))


def _name(value: dict[str, Any]) -> str:
    """Return the function's name; a name of white space counts as none."""
    metadata = value.get("metadata")
    holders = [value, *([metadata] if isinstance(metadata, dict) else [])]
    found = next((item[name] for item in holders for name in _NAMES if item.get(name) is not None), "")
    if not isinstance(found, str):
        raise FaultyRecord(RecordFault.BAD_NAME)
    return found.strip()
