"""The state that a running frame of a text can reach, as bytes that are equal only if the state is.

A pickler writes them, and nobody reads them back. Plain data counts by content, type, order and aliasing; functions, classes and
objects of the texts by all they hold; modules, and functions and classes of the library, by identity, since purity proves that a
text cannot change them. Whatever may hold state that cannot be seen makes the state unknown: iterators, caches, and sets, whose
order has a history. No method of a text is called.
"""

import builtins
import collections
import io
import pickle
import re
import types
import unittest
from typing import Any

from ..codec.structure import held, instance_fields, module_of, mro
from ..constants import SOLUTION
from ..purity.rules import MODULES

MAX_PARTS = 4000
"""Parts of a state worth comparing; loops that never end are small."""
MAX_BYTES = 1 << 16
DATA = (type(None), bool, int, float, str, bytes, list, tuple, dict, frozenset)
"""What the pickler writes by content; of subclasses it asks `reducer_override`."""
REDUCED = (complex, range, collections.deque, collections.Counter, collections.defaultdict, collections.OrderedDict)
"""What its own reduction tells all about, as does that of methods of builtin types."""
FIXED = (types.ModuleType, types.GetSetDescriptorType, types.MemberDescriptorType, re.Pattern, type(...), type(NotImplemented))
"""What nothing can change here."""
NEVER_READ = ("__builtins__", "__loader__", "__spec__")
"""Names of a module that no text reads."""


class UnknownState(Exception):
    """A state that cannot be compared."""


class _Output(io.BytesIO):
    def write(self, data: Any) -> int:
        if self.tell() + len(data) > MAX_BYTES:
            raise UnknownState("too large")
        return super().write(data)


class _Writer(pickle.Pickler):
    """Writes states; `kept_alive` holds what is compared by identity, so that no other object gets its address."""

    def __init__(self, output: _Output) -> None:
        super().__init__(output, protocol=5)
        self.kept_alive: list[Any] = []
        self._parts = 0

    def persistent_id(self, value: Any) -> int | None:
        """Return what an object is compared by; None where its content decides."""
        self._parts += 1
        kind = type(value)
        if self._parts > MAX_PARTS or kind is set:
            raise UnknownState("too large, or a set")
        if kind in DATA:
            return None
        return self._identity(value) if kind in FIXED or _of_library(kind, value) else None

    def reducer_override(self, value: Any) -> Any:
        """Return a reduction to all that an object holds."""
        kind = type(value)
        if kind in REDUCED or kind is types.BuiltinFunctionType:
            return NotImplemented
        return object, (), self._content(kind, value)

    def _identity(self, value: Any) -> int:
        self.kept_alive.append(value)
        return id(value)

    def _content(self, kind: type, value: Any) -> Any:
        if kind is types.FunctionType and value.__module__ == SOLUTION:
            return self._identity(value.__code__), value.__defaults__, value.__kwdefaults__, value.__closure__, vars(value)
        if kind is types.CellType:
            try:
                return [value.cell_contents]
            except ValueError:  # not bound yet
                return []
        if kind is types.MethodType:
            return "method", value.__self__, value.__func__
        if kind is property:
            return "property", value.fget, value.fset, value.fdel
        if kind in (staticmethod, classmethod):
            return kind, value.__func__
        if issubclass(kind, type) and module_of(value) == SOLUTION and mro(value)[1:] in ((object,), mro(unittest.TestCase)):
            return "class", self._identity(value), dict(held(value))
        if module_of(kind) == SOLUTION and mro(kind) == (kind, object) and "__slots__" not in held(kind):
            return "object", kind, instance_fields(value)
        raise UnknownState(f"a {kind.__name__}")


def state_of(frame: types.FrameType) -> tuple[bytes, list[Any]]:
    """Return the state of a frame, and what to keep alive as long as it is compared. Raises UnknownState, or as picklers do."""
    output = _Output()
    writer = _Writer(output)
    names = {name: value for name, value in frame.f_globals.items() if name not in NEVER_READ}
    writer.dump((names if frame.f_locals is frame.f_globals else dict(frame.f_locals), names))
    return output.getvalue(), writer.kept_alive


def _of_library(kind: type, value: Any) -> bool:
    """Whether something is a function or a class of a module that purity knows."""
    if not (kind is types.FunctionType or issubclass(kind, type)):
        return getattr(kind, "__module__", "") == "typing"  # annotations, and aliases that stand in the module
    return str(value.__module__) in MODULES or getattr(builtins, value.__name__, None) is value or value is unittest.TestCase
