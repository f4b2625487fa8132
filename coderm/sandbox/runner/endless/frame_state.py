"""The state that a running frame of a text can reach, as a value that is equal exactly when the state is.

Plain data counts by content, type, order and aliasing; functions, classes and objects of the texts by all they hold; modules, and
functions and classes of the library, by identity, since purity proves that a text cannot change them. Whatever may hold state that
cannot be seen makes the state unknown: iterators, caches, and sets that are changed, whose order has a history.
"""

import builtins
import collections
import re
import types
import unittest
from collections.abc import Iterable
from typing import Any

from ..codec.structure import held, instance_fields, module_of, mro
from ..purity.rules import MODULES

SOLUTION = "solution"
MAX_PARTS = 4000
"""Parts of a state worth comparing; loops that never end are small."""
MAX_BITS = 1 << 14
"""Longest integer and text of one."""
SCALARS = (type(None), bool, int, float, complex, str, bytes, range, type(Ellipsis), type(NotImplemented))
SEQUENCES = (list, tuple, collections.deque)
MAPPINGS = (dict, collections.Counter, collections.defaultdict, collections.OrderedDict)
WRAPPERS = (staticmethod, classmethod)
IMMUTABLE = (types.ModuleType, types.GetSetDescriptorType, types.MemberDescriptorType, re.Pattern)
"""What nothing can change here."""
NEVER_READ = frozenset(("__builtins__", "__loader__", "__spec__"))
"""Names of a module that no text reads."""


class UnknownState(Exception):
    """A state that cannot be compared."""


class State:
    """What one frame can reach; `sets` says that no set is ever changed.

    `kept_alive` holds what is compared by identity, so that no other object gets its address.
    """

    def __init__(self, frame: types.FrameType, *, sets: bool) -> None:
        self._sets = sets
        self.kept_alive: list[Any] = []
        self._numbers: dict[int, int] = {}
        self.parts: list[Any] = []
        self._mapping(frame.f_locals.items())
        if frame.f_globals is not frame.f_locals:
            self._mapping(frame.f_globals.items())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, State) and self.parts == other.parts

    __hash__ = None  # type: ignore[assignment]

    def _walk(self, value: Any) -> None:
        if len(self.parts) > MAX_PARTS:
            raise UnknownState("too large")
        kind = type(value)
        if kind in SCALARS:
            self._scalar(kind, value)
        elif id(value) in self._numbers:
            self.parts.append(("again", self._numbers[id(value)]))
        else:
            self._numbers[id(value)] = len(self._numbers)
            self.kept_alive.append(value)
            self._object(kind, value)

    def _scalar(self, kind: type, value: Any) -> None:
        if (kind in (str, bytes) and len(value) > MAX_BITS) or (kind is int and value.bit_length() > MAX_BITS):
            raise UnknownState("too large")
        self.parts.append((kind, repr(value) if kind in (float, complex, range) else value))  # equal is not the same

    def _object(self, kind: type, value: Any) -> None:
        if kind in SEQUENCES:
            self.parts.append((kind, len(value), getattr(value, "maxlen", None)))
            for part in value:
                self._walk(part)
        elif kind is frozenset or (kind is set and self._sets):
            self.parts.append((kind, id(value)))
            for part in value:
                self._walk(part)
        elif kind in MAPPINGS:
            self.parts.append((kind, len(value)))
            self._walk(getattr(value, "default_factory", None))
            self._mapping(value.items())
        elif kind is types.FunctionType and value.__module__ == SOLUTION:
            self._function(value)
        elif issubclass(kind, type) and module_of(value) == SOLUTION:
            self._class(value)
        elif module_of(kind) == SOLUTION and mro(kind) == (kind, object) and "__slots__" not in held(kind):
            self.parts.append("object")
            self._walk(kind)
            self._mapping(instance_fields(value).items())
        elif kind is types.MethodType:
            self.parts.append("method")
            self._walk(value.__self__)
            self._walk(value.__func__)
        elif kind is types.BuiltinFunctionType:
            self.parts.append(("builtin", value.__name__))
            self._walk(value.__self__)
        elif kind is property:
            self.parts.append("property")
            for part in (value.fget, value.fset, value.fdel):
                self._walk(part)
        elif kind in WRAPPERS:
            self.parts.append(kind)
            self._walk(value.__func__)
        elif kind in IMMUTABLE or _of_library(kind, value):
            self.parts.append(("fixed", id(value)))
        else:
            raise UnknownState(f"a {kind.__name__}")

    def _mapping(self, pairs: Iterable[tuple[Any, Any]]) -> None:
        for key, value in list(pairs):
            self._walk(key)
            if type(key) is not str or key not in NEVER_READ:
                self._walk(value)
        self.parts.append("end")

    def _function(self, value: types.FunctionType) -> None:
        self.parts.append(("function", id(value.__code__)))
        for part in (value.__defaults__, value.__kwdefaults__):
            self._walk(part)
        for cell in value.__closure__ or ():
            self._walk(_content(cell))
        self._mapping(vars(value).items())

    def _class(self, value: type) -> None:
        if mro(value)[1:] not in ((object,), mro(unittest.TestCase)):
            raise UnknownState("a derived class")
        self.parts.append(("class", id(value)))
        self._mapping(held(value).items())


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not bound yet
        return types.CellType


def _of_library(kind: type, value: Any) -> bool:
    """Whether something is a function or a class of a module that purity knows."""
    if not (kind is types.FunctionType or isinstance(value, type)):
        return getattr(kind, "__module__", "") == "typing"  # annotations, and aliases that stand in the module
    return str(value.__module__) in MODULES or getattr(builtins, value.__name__, None) is value or value is unittest.TestCase
