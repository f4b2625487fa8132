"""Names of the test that the program may use: program and test are one namespace in shared grading.

The program's code uses a name that it does not bind, or that the test binds anew, such as `ListNode`. It is given classes that only
hold data, classes whose objects it was given, and functions that the test itself never calls. It is never given data of the test,
nor what the test may compute expected values with: a class with methods, or a function that the test calls.
"""

import types
import unittest
from collections.abc import Callable, Iterable
from typing import Any

from ..constants import SOLUTION
from ..standins.metaclass import StandInType
from .callbacks import PassedObjects


class Offers:
    """What a test module offers, and what of it the program has."""

    def __init__(self, namespace: dict[str, Any], free: frozenset[str] = frozenset()) -> None:
        self._namespace = namespace
        self._free = free
        """Names of classes that only hold data, and of functions that the test binds and never uses itself."""
        self._given: set[str] = set()
        self._waiting: dict[str, Any] = {}
        """Classes that are given once the program has them or an object of theirs."""
        self._seen = 0
        self._used: frozenset[str] | None = None

    def is_settled(self) -> bool:
        """Whether nothing can have become fresh since the last time."""
        return len(self._namespace) == self._seen and not self._waiting

    def fresh(self, passed: PassedObjects, args: Iterable[Any]) -> dict[str, Any]:
        """Return classes and functions that may be given from a call with these arguments on, each once."""
        free: dict[str, Any] = {}
        if len(self._namespace) != self._seen:
            self._seen = len(self._namespace)
            own = {name: value for name, value in self._namespace.items() if name not in self._given and self._is_own(value)}
            free = {name: value for name, value in own.items() if name in self._free}
            self._waiting = {name: value for name, value in own.items() if name not in free and isinstance(value, type)}
        kinds = [type(arg) for arg in args] if self._waiting else []
        crossed = {name: value for name, value in self._waiting.items() if value in kinds or passed.has_crossed(value)}
        self._waiting = {name: value for name, value in self._waiting.items() if name not in crossed} if crossed else self._waiting
        self._given |= free.keys() | crossed.keys()
        return free | crossed

    def used_by(self, ask: Callable[[], Any]) -> frozenset[str]:
        """Return the global names in the program's code, which `ask` gives once: the program learns no name by it."""
        if self._used is None:
            names = ask()
            self._used = frozenset(name for name in names if type(name) is str) if type(names) is list else frozenset()
        return self._used

    def __contains__(self, name: object) -> bool:
        return type(name) is str and name in self._namespace

    def _is_own(self, value: Any) -> bool:
        if isinstance(value, type):
            return not isinstance(value, StandInType) and value.__module__ == SOLUTION and not issubclass(value, unittest.TestCase)
        return type(value) is types.FunctionType and value.__globals__ is self._namespace
