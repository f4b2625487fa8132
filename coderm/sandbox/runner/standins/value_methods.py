"""Methods with the names of plain values' methods (`startswith`, `count`): the test may take the object for a plain value."""

import sys
from collections.abc import Callable
from typing import Any

from ..constants import TESTS_FILE, word_set
from .protocol import Conversation
from .table import Policy, answer, policy

VALUE_METHODS = frozenset(
    name for kind in (str, bytes, int, float, list, tuple, dict, set) for name in dir(kind) if not name.startswith("_")
)
"""Methods of plain values."""
_TRUTH = frozenset(name for name in VALUE_METHODS if name.startswith("is")) | {"startswith", "endswith"}
"""Those that return a truth value."""
_OF_SETS = word_set("difference intersection symmetric_difference union")
"""Those that assertSetEqual calls with the expected set."""
_ADDING = word_set("add append appendleft clear extend insert reverse sort update")


def value_method(conversation: Conversation, owner: Any, name: str, own: Callable[..., Any]) -> Callable[..., Any]:
    """Return the stand-in for such a method of an object; see the table."""

    def method(*args: Any, **kwargs: Any) -> Any:
        how = policy(_family(name, (*args, *kwargs)), owner)
        if name in _OF_SETS and sys._getframe(1).f_code.co_filename != TESTS_FILE:  # of assertSetEqual, for two sets
            how = Policy.NONE
        return answer(conversation, how, f"{name}() of an object in place of a plain value's", lambda: own(*args, **kwargs))

    method.__name__ = method.__qualname__ = name
    return method


def _family(name: str, args: tuple[Any, ...]) -> str:
    """Return the row of the table for a call with these arguments."""
    if name in _TRUTH or (name in _OF_SETS and not all(hasattr(arg, "coderm_handle") for arg in args)):
        return "truth method"
    if name in _ADDING:
        return "adding method"
    return "method with arguments" if args else "method without arguments"
