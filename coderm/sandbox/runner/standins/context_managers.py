"""Which exceptions a context manager of the candidate may swallow.

It may swallow an exception that the test itself raised. It may not swallow one that shows the program wrong: a failed assertion,
or an exception from a call or a value of the program.
"""

import builtins
import dis
from types import FrameType, TracebackType
from typing import Any

from ..constants import TESTS_FILE, word_set

_RAISING = word_set("BINARY_OP BINARY_SUBSCR CALL COMPARE_OP CONTAINS_OP UNARY_INVERT UNARY_NEGATIVE")
"""What may raise in an expression of constants: instructions whose place in the source holds all their operands."""
_NAMES = frozenset(("LOAD_NAME", "LOAD_GLOBAL"))
_INSIDE = _RAISING | word_set(
    """
    BINARY_SLICE BUILD_CONST_KEY_MAP BUILD_LIST BUILD_MAP BUILD_SET BUILD_SLICE BUILD_STRING BUILD_TUPLE EXTENDED_ARG FORMAT_VALUE
    IS_OP KW_NAMES LIST_EXTEND LOAD_ATTR LOAD_CONST LOAD_METHOD NOP POP_JUMP_FORWARD_IF_FALSE POP_JUMP_FORWARD_IF_TRUE
    POP_JUMP_IF_FALSE POP_JUMP_IF_TRUE POP_TOP PRECALL PUSH_NULL RESUME RETURN_VALUE SET_UPDATE UNARY_NOT
    """
)
"""What else such an expression is made of, besides names of builtins."""
_FUSED = word_set("LOAD_FAST_LOAD_FAST STORE_FAST_LOAD_FAST LOAD_FAST_BORROW_LOAD_FAST_BORROW")
"""From Python 3.13 an operand's load may be part of the instruction before it, under that one's place in the source."""


def exception_shown(kind: Any, error: Any) -> tuple[Any, Any]:
    """Return the exception as the context manager is shown it: of a failed assertion the type alone."""
    return (AssertionError, AssertionError()) if isinstance(error, AssertionError) else (kind, error)


def may_swallow(error: Any, trace: TracebackType | None) -> bool:
    """Whether an exception may be swallowed: a `raise` of the test or an expression of constants and builtins raised it."""
    if trace is None or not isinstance(error, Exception) or isinstance(error, AssertionError):
        return False
    while trace.tb_next is not None:
        trace = trace.tb_next
    code, at = trace.tb_frame.f_code, trace.tb_lasti
    if code.co_filename != TESTS_FILE:
        return False
    steps = list(dis.get_instructions(code))
    raising = next((step for step in steps if step.offset == at), None)
    if raising is None or raising.positions is None or None in raising.positions:
        return False
    if raising.opname == "RAISE_VARARGS":
        return True
    inside = [place for place, step in enumerate(steps) if _within(step.positions, raising.positions)]
    if inside[0] and steps[inside[0] - 1].opname in _FUSED:
        return False
    return raising.opname in _RAISING and all(_constant(steps[place], trace.tb_frame) for place in inside)


def raised_by_program(error: Any) -> bool:
    """Whether a call of the program raised an exception, which its context manager may then turn into another one."""
    return not isinstance(error, AssertionError) and hasattr(error, "coderm_lines")


def _constant(step: dis.Instruction, frame: FrameType) -> bool:
    """Whether an instruction is one of an expression of constants and builtins."""
    if step.opname in _NAMES:
        name = str(step.argval)
        return hasattr(builtins, name) and name not in frame.f_globals and name not in frame.f_locals
    return step.opname in _INSIDE


def _within(inner: Any, outer: Any) -> bool:
    """Whether one place in the source lies inside another; what has none is no part of an expression."""
    if inner is None or None in inner:
        return False
    first = (inner.lineno, inner.col_offset) >= (outer.lineno, outer.col_offset)
    return first and (inner.end_lineno, inner.end_col_offset) <= (outer.end_lineno, outer.end_col_offset)
