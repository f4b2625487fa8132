"""What modules of the library ask to be done after a fork: left out of the server's own forks, given back to programs.

The hooks mend locks that another thread held. The server has one thread and holds none, and the hooks cost a twentieth of a small
pair. A program that forks may have threads.
"""

import os
from typing import Any

WANTED = "random"
"""The module whose hook every fork needs: programs must not draw the same numbers."""

_register = os.register_at_fork
_withheld: list[dict[str, Any]] = []


def withhold() -> None:
    """Collect from now on what modules register, instead of registering it."""
    os.register_at_fork = _collect


def release() -> None:
    """Register what was collected, and let modules register for themselves."""
    os.register_at_fork = _register
    for hooks in _withheld:
        _register(**hooks)
    _withheld.clear()


def _collect(**hooks: Any) -> None:
    if any(getattr(hook, "__module__", "") == WANTED or _owner(hook) == WANTED for hook in hooks.values()):
        _register(**hooks)
    else:
        _withheld.append(hooks)


def _owner(hook: Any) -> str:
    """Return the module of the object that a bound method belongs to."""
    return type(getattr(hook, "__self__", None)).__module__
