"""Parity with EvalPlus: results of a function against the reference's, the oracles of some tasks, a tolerance that stays on.

    right(E, G)  <=>  an oracle says so,  or  G = E,  or  atol > 0, both of one type and |g - e| <= atol + 1e-7 * |e| everywhere
atol is the task's; where that is 0 it is 1e-6 from the first test on whose expected result is a float or only floats.

Releases differ: in 0.3.1 HumanEval/32 passes no run, on main (26d6d00) it does; the least limit of a test is 1 s and 4 s.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Release = Literal["0.3.1", "main"]
LEAST_LIMIT_S: dict[Release, float] = {"0.3.1": 1.0, "main": 4.0}
LIMIT_FACTOR = 4.0
SET_TASKS = frozenset(
    (
        *("similar_elements", "find_char_long", "common_in_nested_lists", "extract_singly"),
        *("larg_nnum", "intersection_array", "find_dissimilar", "Diff"),
    )
)
"""Tasks whose results are compared as sets, by entry point."""
TRUTH_TASKS = frozenset({"check_str", "text_match_three", "text_starta_endb"})
"""Tasks that may return a match where a bool is expected."""


@dataclass(frozen=True, slots=True)
class Task:
    """What EvalPlus knows of a task: its data set, the function's name, its absolute tolerance."""

    dataset: Literal["humaneval", "mbpp"]
    entry_point: str
    atol: float = 0.0
    release: Release = "0.3.1"


def limit_s(task: Task, reference_s: float) -> float:
    """Return the seconds that EvalPlus gives one test."""
    return max(LEAST_LIMIT_S[task.release], LIMIT_FACTOR * reference_s)


def verdicts(task: Task, inputs: Sequence[Sequence[Any]], expected: Sequence[Any], got: Sequence[Any]) -> list[bool]:
    """Return EvalPlus's verdict for each test, in its order and in one pass: the tolerance stays on after the first float."""
    atol, right = task.atol, []
    for arguments, wanted, result in zip(inputs, expected, got, strict=True):
        try:
            exact = _exact(task, arguments, wanted, result, atol)
            atol = 1e-6 if atol == 0 and _floats(wanted) and not _is_root(task) else atol
            right.append(bool(exact) or (atol != 0 and not _is_root(task) and _close(wanted, result, atol)))
        except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError):  # there, what raises is wrong
            right.append(False)
    return right


def passes(task: Task, each: Sequence[bool]) -> bool:
    """Whether EvalPlus calls the program right after these verdicts; 0.3.1 never does so for HumanEval/32."""
    return all(each) and not (task.release == "0.3.1" and _is_root(task))


def _is_root(task: Task) -> bool:
    return task.dataset == "humaneval" and task.entry_point == "find_zero"


def _exact(task: Task, arguments: Sequence[Any], wanted: Any, got: Any, atol: float) -> Any:
    """Return what EvalPlus takes for true where a result is right without a tolerance; an array of several truths raises."""
    same = got == wanted
    if _is_root(task):
        return abs(sum(factor * math.pow(got, power) for power, factor in enumerate(arguments[0]))) <= atol
    if task.dataset != "mbpp":
        return same
    match task.entry_point:
        case "are_equivalent":
            return same or True
        case "sum_div":
            return same or got == 0
        case "surface_Area":
            return same or abs(got - _surface(*arguments)) <= atol
        case "digit_distance_nums":
            return same or got == _digit_distance(*arguments)
        case name if name in SET_TASKS:
            return set(got) == set(wanted)
        case name if name in TRUTH_TASKS and not isinstance(got, bool):
            return wanted == (got is not None)
    return same


def _surface(base: float, height: float) -> int:
    """Surface of a square pyramid by the height of its apex, rounded."""
    return round(base**2 + 2 * base * math.sqrt((base / 2) ** 2 + height**2))


def _digit_distance(first: int, second: int) -> int:
    width = max(len(str(first)), len(str(second)))
    return sum(abs(int(a) - int(b)) for a, b in zip(str(first).zfill(width), str(second).zfill(width), strict=True))


def _floats(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return bool(value) and all(isinstance(item, float) for item in value)
    return isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype in (np.float64, np.float32))


def _close(wanted: Any, got: Any, atol: float) -> bool:
    if type(got) is not type(wanted) or (isinstance(wanted, list | tuple) and len(got) != len(wanted)):
        return False
    return bool(np.allclose(got, wanted, rtol=1e-7, atol=atol))
