"""Methods of plain values (`startswith`, `count`): one that the program defines could decide a verdict, so it is never called.

Looking such a method up tells the truth; calling it is refused.
"""

from collections.abc import Callable
from typing import Any

from .protocol import Conversation

VALUE_METHODS = frozenset(
    name for kind in (str, bytes, int, float, list, tuple, dict, set) for name in dir(kind) if not name.startswith("_")
)
"""Methods of plain values."""
_PREDICATES = frozenset(name for name in VALUE_METHODS if name.startswith("is")) | {"startswith", "endswith"}
"""Those that return a truth value."""
_SET_OPERATIONS = frozenset({"difference", "intersection", "symmetric_difference", "union"})
"""Those that assertSetEqual calls with the expected set."""


def is_refused(name: str, *, tested: bool, answered: bool) -> bool:
    """Whether a method may not be called; a tested class may have it, except predicates and set operations of returned objects."""
    return name in VALUE_METHODS and (not tested or (answered and (name in _PREDICATES or name in _SET_OPERATIONS)))


def refusing_method(conversation: Conversation, owner: str, name: str, own: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """Return the stand-in for a refused method; `own` is called instead for a set operation on objects of the program."""

    def method(*args: Any, **kwargs: Any) -> Any:
        if own is not None and name in _SET_OPERATIONS and all(hasattr(arg, "coderm_handle") for arg in args) and not kwargs:
            return own(*args)
        raise conversation.refused(AttributeError(f"{owner!r} is no plain value and has no method {name!r} here"))

    method.__name__ = method.__qualname__ = name
    return method
