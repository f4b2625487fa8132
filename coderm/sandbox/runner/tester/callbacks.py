"""Objects that the test passes to the candidate: numbered here, described there, and called back by name.

This is the allow-list of what the candidate may call in the tester's process.
"""

import itertools
import re
import sys
import types
import unittest
from collections.abc import Iterator
from typing import Any

from ..codec.containers import fields, flattened
from ..codec.nodes import Node, NodeWriter
from ..codec.structure import module_of
from ..transport.json_text import Malformed, NotSerializable

MAX_CHUNK = 256
"""Most items of an iterator that cross at once; the first ones cross alone."""
LIBRARY_MODULES = ("builtins", "math", "operator", "string", "functools", "itertools", "collections")
"""Modules whose functions and classes, passed as arguments, are taken from the candidate's own copy."""
_PLAIN_METHODS = (types.BuiltinFunctionType, type(str.upper), type(int.__add__), type(len))
_ITERATORS = ("builtins", "itertools")


class PassedObjects:
    """Objects of the test by number, and the calls that the candidate may make of each."""

    def __init__(self) -> None:
        self._targets: list[Any] = []
        self._numbers: dict[Any, int] = {}

    def write(self, writer: NodeWriter, value: Any) -> Node:
        """Return the node of an object of the test that is no plain data. Raises NotSerializable."""
        if isinstance(value, unittest.TestCase):
            raise NotSerializable("a test case cannot be passed to the program")
        if isinstance(value, types.ModuleType):
            return ["m", value.__name__]
        if _is_library_code(value):
            return ["g", value.__module__, value.__qualname__] if isinstance(value, type) else _library_name_node(value)
        if isinstance(value, type):
            raised = [base for base in value.__bases__ if issubclass(base, BaseException)]
            offered = sorted(methods(value)), sorted(properties(value))
            return ["T", self._register(value), value.__name__, *offered, writer.items(raised)]
        if isinstance(value, BaseException):
            kind = next(base for base in type(value).__mro__ if base.__module__ not in sys.stdlib_module_names - {"builtins"})
            return ["E", self._register(_ObjectRef(value), value), writer.items([kind]), writer.items(value.args)]
        if type(value).__module__ in _ITERATORS and hasattr(type(value), "__next__"):
            return ["it", self._register(_IteratorRef(value), value)]
        if isinstance(value, (types.FunctionType, types.MethodType)) or not hasattr(value, "__dict__"):
            if isinstance(value, re.Pattern):
                return ["re", [writer.value(value.pattern)], value.flags]
            if not callable(value) and type(value) is not object:
                raise NotSerializable(f"a value of type {type(value).__name__} cannot cross")
            return ["fu", self._register(value), str(getattr(value, "__name__", "function"))]
        if type(value).__module__ in sys.stdlib_module_names:
            if callable(value):
                return ["fu", self._register(value), type(value).__name__]
            raise NotSerializable(f"a value of type {type(value).__name__} cannot cross")
        number = self._register(_ObjectRef(value), value)
        return ["o", number, writer.value(type(value)), writer.items(flattened(fields(value)))]

    def _register(self, target: Any, value: Any = None) -> int:
        """Number a target of calls; `value` is the object it refers to."""
        value = target if value is None else value
        same = (id(value.__self__), id(value.__func__)) if isinstance(value, types.MethodType) else id(value)
        number = self._numbers.get(same)
        if number is None:
            number = self._numbers[same] = len(self._targets)
            self._targets.append(target)
        return number

    def value_of(self, number: Any) -> Any:
        """Return the object that the test passed under a number. Raises Malformed."""
        target = self.target(number)
        return target.value if isinstance(target, (_ObjectRef, _IteratorRef)) else target

    def target(self, number: Any) -> Any:
        """Return the target of a call. Raises Malformed."""
        if type(number) is not int or not 0 <= number < len(self._targets):
            raise Malformed("a reference to nothing of the test")
        return self._targets[number]


def call_target(target: Any, name: Any, values: list[Any], named: dict[str, Any]) -> Any:
    """Call a target, or a method that its class in the test defines. Its exceptions rise."""
    if name is None:
        if isinstance(target, _ObjectRef):
            raise TypeError("not callable")
        return target(*values, **named)
    if isinstance(target, _IteratorRef) and name == "more":
        return target.more(*values)
    owner = target.value if isinstance(target, _ObjectRef) else None
    if type(name) is str and name in properties(type(owner)):
        return getattr(owner, name)
    if type(name) is not str or name not in methods(type(owner)):
        raise AttributeError(f"no method {name!r}")
    return getattr(owner, name)(*values, **named)


class _ObjectRef:
    """Refers to an object of the test whose methods the candidate may call."""

    def __init__(self, value: Any) -> None:
        self.value = value


class _IteratorRef:
    """Refers to an iterator of the test, read in growing portions."""

    def __init__(self, value: Iterator[Any]) -> None:
        self.value = value

    def more(self, count: Any) -> list[Any]:
        """Return some items and whether that was all."""
        items = list(itertools.islice(self.value, min(int(count), MAX_CHUNK)))
        return [items, len(items) < int(count)]


def methods(kind: type) -> set[str]:
    """Names of the methods that a class of the test defines."""
    private = ("__init__", "__new__", "__del__", "__getattribute__", "__setattr__", "__init_subclass__", "__class_getitem__")
    return _defined(kind, types.FunctionType) - set(private)


def properties(kind: type) -> set[str]:
    """Names of the properties that a class of the test defines."""
    return _defined(kind, property)


def own_names(kind: type) -> set[str]:
    """Names that a class itself answers for: methods of any sort, properties and other descriptors."""
    named = (item for base in kind.__mro__ for item in vars(base).items())
    return {name for name, value in named if callable(value) or hasattr(type(value), "__get__")}


def _defined(kind: type, what: type) -> set[str]:
    own = [base for base in kind.__mro__ if base is not object and module_of(base) not in sys.stdlib_module_names]
    return {name for base in own for name, value in vars(base).items() if isinstance(value, what)}


def _is_library_code(value: Any) -> bool:
    if isinstance(value, type):
        return (value.__module__ in LIBRARY_MODULES and not issubclass(value, BaseException)) or _is_builtin_exception(value)
    return isinstance(value, _PLAIN_METHODS) and _library_name_node(value) != []


def _is_builtin_exception(value: type) -> bool:
    return value.__module__ == "builtins" and issubclass(value, BaseException)


def _library_name_node(value: Any) -> Node:
    """Return how a builtin function is named; empty when it has no name, such as a method bound to a value."""
    owner = getattr(value, "__self__", None)
    if isinstance(owner, types.ModuleType) or (owner is None and getattr(value, "__module__", None)):
        name = owner.__name__ if owner else value.__module__
        return ["g", name, value.__qualname__] if name in LIBRARY_MODULES or name == "_operator" else []
    kind = getattr(value, "__objclass__", None)
    return ["g", "builtins", value.__qualname__] if kind is not None and kind.__module__ == "builtins" else []
