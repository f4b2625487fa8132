"""Which exceptions a context manager of the candidate may swallow.

It may swallow an exception that the test itself raised. It may not swallow one that shows the program wrong: a failed assertion,
or an exception from a call or a value of the program.
"""

from types import TracebackType
from typing import Any

from .source import raised_by_test


def exception_shown(kind: Any, error: Any) -> tuple[Any, Any]:
    """Return the exception as the context manager is shown it: of a failed assertion the type alone."""
    return (AssertionError, AssertionError()) if isinstance(error, AssertionError) else (kind, error)


def may_swallow(error: Any, trace: TracebackType | None) -> bool:
    """Whether an exception may be swallowed: the test's own text raised it."""
    if trace is None or not isinstance(error, Exception) or isinstance(error, AssertionError):
        return False
    while trace.tb_next is not None:
        trace = trace.tb_next
    return raised_by_test(trace.tb_frame, trace.tb_lasti)


def raised_by_program(error: Any) -> bool:
    """Whether a call of the program raised an exception, which its context manager may then turn into another one."""
    return not isinstance(error, AssertionError) and hasattr(error, "coderm_lines")
