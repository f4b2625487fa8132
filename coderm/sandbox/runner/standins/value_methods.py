"""Methods of plain values, and what has them without being one: it would judge what it is asked, so it is not called.

Whether something has such a method is told truly; calling it is refused.
"""

from collections.abc import Callable
from typing import Any

from .protocol import Asks

VALUE_METHODS = frozenset(
    name for kind in (str, bytes, int, float, list, tuple, dict, set) for name in dir(kind) if not name.startswith("_")
)
"""Methods of plain values."""
_TRUTHS = frozenset(name for name in VALUE_METHODS if name.startswith("is")) | {"startswith", "endswith"}
"""Those that answer with a truth."""
_OPERANDS = frozenset({"difference", "intersection", "symmetric_difference", "union"})
"""Those that are handed the other side of a comparison, as assertSetEqual does."""


def forbidden(name: str, *, tested: bool, answered: bool) -> bool:
    """Whether a method may not be called; those of a tested class may, but for some on what a call returned."""
    return name in VALUE_METHODS and (not tested or (answered and (name in _TRUTHS or name in _OPERANDS)))


def refusing(asks: Asks, owner: str, name: str, own: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """Return what stands for a method that is not called, unless it is `own`, the operation of a tested class on its objects."""

    def method(*args: Any, **kwargs: Any) -> Any:
        if own is not None and name in _OPERANDS and all(hasattr(arg, "coderm_handle") for arg in args) and not kwargs:
            return own(*args)
        raise asks.refused(AttributeError(f"{owner!r} is no plain value and has no method {name!r} here"))

    method.__name__ = method.__qualname__ = name
    return method
