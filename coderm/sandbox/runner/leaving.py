"""What a context manager of the candidate may do with an exception of the block it is left by.

It may swallow what the test raised to see it swallowed. It may not swallow what tells that the program is wrong: assertions that
failed, and whatever a value or a call of the program gave rise to.
"""

import builtins
import dis
from types import TracebackType
from typing import Any

from .examine import TESTS_FILE

_LOADS = frozenset({"LOAD_NAME", "LOAD_GLOBAL", "LOAD_FAST", "LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_GLOBALS"})


def told(kind: Any, error: Any) -> tuple[Any, Any]:
    """Return what the context manager learns of the exception: of a failed assertion only that it failed."""
    return (AssertionError, AssertionError()) if isinstance(error, AssertionError) else (kind, error)


def swallowed(error: Any, trace: TracebackType | None) -> bool:
    """Whether an exception may end here: the test raised it on purpose, or an expression of constants and builtins did."""
    if trace is None or not isinstance(error, Exception) or isinstance(error, AssertionError):
        return False
    while trace.tb_next is not None:
        trace = trace.tb_next
    code, at = trace.tb_frame.f_code, trace.tb_lasti
    if code.co_filename != TESTS_FILE:
        return False
    steps = list(dis.get_instructions(code))
    raising = next((step for step in steps if step.offset == at), None)
    if raising is None or raising.positions is None:
        return False
    inside = [step for step in steps if step.opname in _LOADS and _within(step.positions, raising.positions)]
    return raising.opname == "RAISE_VARARGS" or all(hasattr(builtins, str(step.argval)) for step in inside)


def _within(inner: Any, outer: Any) -> bool:
    """Whether one place in the source lies inside another."""
    if None in (*inner, *outer):
        return True
    first = (inner.lineno, inner.col_offset) >= (outer.lineno, outer.col_offset)
    return first and (inner.end_lineno, inner.end_col_offset) <= (outer.end_lineno, outer.end_col_offset)
