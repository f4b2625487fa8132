"""What the test's own text does at a place: which expressions are of constants, which operators and builtins it applies."""

import builtins
import dis
import functools
import zlib
from types import CodeType, FrameType
from typing import Any

from ..constants import TESTS_FILE, word_set

_OPERATORS = frozenset(("BINARY_OP", "COMPARE_OP"))
_RAISING = _OPERATORS | word_set("BINARY_SUBSCR CALL CONTAINS_OP UNARY_INVERT UNARY_NEGATIVE")
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
Steps = list[dis.Instruction]


def raised_by_test(frame: FrameType, at: int) -> bool:
    """Whether a `raise` of the test or an expression of constants and builtins raised an exception at a place."""
    step, inside = _expression(frame, at)
    if step is None:
        return False
    return step.opname == "RAISE_VARARGS" or (step.opname in _RAISING and _are_constant(inside, frame))


def beside_constant(frame: FrameType) -> bool:
    """Whether the test's text applies an operator here, and one of the operands is an expression of constants."""
    step, inside = _expression(frame, frame.f_lasti)
    if step is None or step.opname not in _OPERATORS or not inside or any("JUMP" in each.opname for each in inside):
        return False
    right = [each for each in inside if _within(each.positions, inside[-1].positions)]
    left = inside[: len(inside) - len(right)]
    return _are_constant(right, frame) or _are_constant(left, frame)


def runs_operator(frame: FrameType) -> bool:
    """Whether the test's text applies an operator here."""
    step, _ = _expression(frame, frame.f_lasti)
    return step is not None and step.opname in _OPERATORS


def calls(frame: FrameType, name: str) -> bool:
    """Whether the test's text calls a builtin of this name here."""
    step, inside = _expression(frame, frame.f_lasti)
    if step is None or step.opname != "CALL":
        return False
    return any(each.opname in _NAMES and each.argval == name for each in inside[:2])


def fingerprint(frame: FrameType) -> int:
    """Return a number that belongs to a place of the test, and that the program cannot guess."""
    return zlib.crc32(repr((frame.f_code.co_names, frame.f_code.co_consts, frame.f_lasti)).encode())


def _expression(frame: FrameType, at: int) -> tuple[dis.Instruction | None, Steps]:
    """Return the test's instruction at a place, and those before it that belong to the same expression."""
    if frame.f_code.co_filename != TESTS_FILE:
        return None, []
    steps, places = _steps(frame.f_code)
    place = places.get(at)
    if place is None or steps[place].positions is None or None in steps[place].positions:  # type: ignore[operator]
        return None, []
    first = place
    while first and _within(steps[first - 1].positions, steps[place].positions):
        first -= 1
    if any(step.opname in _FUSED for step in steps[max(first - 1, 0) : place]):
        return steps[place], []
    return steps[place], steps[first:place]


@functools.lru_cache(maxsize=64)
def _steps(code: CodeType) -> tuple[Steps, dict[int, int]]:
    steps = list(dis.get_instructions(code))
    return steps, {step.offset: place for place, step in enumerate(steps)}


def _are_constant(steps: Steps, frame: FrameType) -> bool:
    return bool(steps) and all(_is_constant(step, frame) for step in steps)


def _is_constant(step: dis.Instruction, frame: FrameType) -> bool:
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
