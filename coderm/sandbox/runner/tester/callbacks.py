"""Objects that the test passes to the candidate: numbered here, described there, and called back by name.

This is the allow-list of what the candidate may call in the tester's process.
"""

import builtins
import dis
import enum
import functools
import inspect
import io
import sys
import types
import unittest
from collections.abc import Iterator
from typing import Any

from ..codec.exceptions import attributes
from ..codec.functions import code_to_send
from ..codec.kinds import fields, flattened
from ..codec.nodes import FLAT, Node, NodeWriter
from ..codec.references import name_for_candidate
from ..codec.structure import module_of
from ..constants import MAX_CHUNK, SOLUTION, word_set
from ..transport.json_text import Malformed, NotSerializable
from .mirrors import STREAMS
from .mocks import MockRef, is_mock

ATTRIBUTE = "."
"""Stands for the name of a method where the candidate reads an attribute."""
ENUM_METHODS = ("__iter__", "__len__", "__getitem__")
_ITERATORS = ("builtins", "itertools")
_COMPARING = word_set("COMPARE_OP CONTAINS_OP IS_OP LOAD_ASSERTION_ERROR RAISE_VARARGS")
_FILE_METHODS = word_set(
    "close flush isatty read readable readline readlines seek seekable tell truncate writable write writelines"
)
_FILE_FIELDS = word_set("closed encoding errors mode name newlines")


class PassedObjects:
    """Objects of the test by number, and the calls that the candidate may make of each."""

    def __init__(self, *, one_by_one: bool = True) -> None:
        self._one_by_one = one_by_one
        """Whether iterators are read no further than asked for."""
        self.has_mocks = False
        self._targets: list[Any] = []
        self._numbers: dict[Any, int] = {}

    def write(self, writer: NodeWriter, value: Any) -> Node:
        """Return the node of an object of the test that is no plain data. Raises NotSerializable."""
        if isinstance(value, unittest.TestCase):
            raise NotSerializable("a test case cannot be passed to the program")
        if isinstance(value, types.ModuleType):
            return ["m", value.__name__]
        if (library := name_for_candidate(value)) is not None:
            return library
        if isinstance(value, type):
            bases = [base for base in value.__bases__ if base.__module__ == SOLUTION or issubclass(base, BaseException)]
            offered = sorted(methods(value)), sorted(properties(value)), writer.items(bases)
            return ["T", self._register(value), value.__name__, *offered, issubclass(value, enum.Enum)]
        if is_file(value):
            stream = next((name for name in STREAMS if value in (getattr(sys, name), getattr(sys, f"__{name}__"))), "")
            return ["g", "sys", stream] if stream else ["fi", self._register(_FileRef(value), value), hasattr(value, "encoding")]
        if is_mock(value):
            self.has_mocks = True
            return ["mk", self._register(MockRef(value), value), MockRef(value).offered()]
        if isinstance(value, BaseException):
            parts = writer.items([type(value)]), writer.items(value.args), writer.items(attributes(value))
            return ["E", self._register(_ObjectRef(value), value), *parts]
        if type(value).__module__ in _ITERATORS and hasattr(type(value), "__next__"):
            ahead = not self._one_by_one and is_computed(value)
            return ["it", self._register(_IteratorRef(value), value), type(value) is types.GeneratorType, ahead]
        slotted = type(value).__module__ == SOLUTION
        if isinstance(value, (types.FunctionType, types.MethodType)) or not (slotted or hasattr(value, "__dict__")):
            if not callable(value) and type(value) is not object:
                raise NotSerializable(f"a value of type {type(value).__name__} cannot cross")
            return self._function(writer, value, getattr(value, "__name__", "function"))
        if type(value).__module__ in sys.stdlib_module_names:
            if callable(value):
                return self._function(writer, value, type(value).__name__)
            raise NotSerializable(f"a value of type {type(value).__name__} cannot cross")
        number = self._register(_ObjectRef(value), value)
        return ["o", number, writer.value(type(value)), writer.items(flattened(fields(value)))]

    def _function(self, writer: NodeWriter, value: Any, name: Any) -> Node:
        if not self.has_crossed(value) and (code := code_to_send(value)):
            return ["fc", self._register(value), code]
        held = vars(value) if type(value) is types.FunctionType else {}
        return ["fu", self._register(value), str(name), writer.items(flattened(held)), writer.items(_definition(value))]

    def _register(self, target: Any, value: Any = None) -> int:
        """Number a target of calls; `value` is the object it refers to."""
        value = target if value is None else value
        same: Any = id(value)
        if isinstance(value, types.MethodType | types.BuiltinMethodType):  # each look-up makes another
            same = (id(value.__self__), id(getattr(value, "__func__", None)), value.__name__)
        number = self._numbers.get(same)
        if number is None:
            number = self._numbers[same] = len(self._targets)
            self._targets.append(target)
        return number

    def has_crossed(self, value: Any) -> bool:
        """Whether the candidate has this object already."""
        return id(value) in self._numbers

    def value_of(self, number: Any) -> Any:
        """Return the object that the test passed under a number. Raises Malformed."""
        target = self.target(number)
        return target.value if isinstance(target, (_ObjectRef, _IteratorRef, _FileRef, MockRef)) else target

    def target(self, number: Any) -> Any:
        """Return the target of a call. Raises Malformed."""
        if type(number) is not int or not 0 <= number < len(self._targets):
            raise Malformed("a reference to nothing of the test")
        return self._targets[number]


def call_target(target: Any, name: Any, values: list[Any], named: dict[str, Any]) -> Any:
    """Call a target, or a method that its class in the test defines. Its exceptions rise."""
    if isinstance(target, MockRef | _FileRef):
        return target.call(name, values, named)
    if name is None:
        if isinstance(target, _ObjectRef):
            raise TypeError("not callable")
        return target(*values, **named)
    if isinstance(target, _IteratorRef):
        return target.call(name, values)
    if isinstance(target, type):
        return _of_class(target, name, values)
    owner = target.value if isinstance(target, _ObjectRef) else None
    if name == ATTRIBUTE:
        return _attribute(owner, *values)
    if type(name) is str and name in properties(type(owner)):
        return getattr(owner, name)
    if type(name) is not str or name not in methods(type(owner)):
        raise AttributeError(f"no method {name!r}")
    return getattr(owner, name)(*values, **named)


def _attribute(owner: Any, name: Any, *values: Any) -> Any:
    """Read an attribute that the class of an object defines, or set a property."""
    if name not in (properties(type(owner)) if values else _attributes(type(owner))):
        raise AttributeError(f"{type(owner).__name__!r} object has no attribute {name!r}")
    return setattr(owner, name, *values) if values else getattr(owner, name)


def _of_class(kind: type, name: Any, values: list[Any]) -> Any:
    """Return an attribute that a class of the test defines, or what an enumeration of the test answers."""
    if name == ATTRIBUTE and values[0] in _attributes(kind):
        return getattr(kind, values[0])
    if name in ENUM_METHODS and issubclass(kind, enum.Enum):
        found = getattr(type(kind), name)(kind, *values)
        return list(found) if name == "__iter__" else found
    raise AttributeError(f"type object {kind.__name__!r} has no attribute {str(values[0])!r}")


class _ObjectRef:
    """Refers to an object of the test whose methods the candidate may call."""

    def __init__(self, value: Any) -> None:
        self.value = value


class _IteratorRef:
    """Refers to an iterator of the test."""

    def __init__(self, value: Iterator[Any]) -> None:
        self.value = value
        self._error: Exception | None = None

    def call(self, name: Any, values: list[Any]) -> Any:
        """Return some items, and at the end what the iterator returned; or the result of a generator's method."""
        if name in ("send", "throw", "close") and type(self.value) is types.GeneratorType:
            return getattr(self.value, name)(*values)
        items: list[Any] = []
        try:
            while self._error is None and len(items) < min(values[0], MAX_CHUNK):
                items.append(next(self.value))
        except StopIteration as stop:
            return [items, [stop.value]]
        except Exception as error:  # noqa: BLE001 - the items before it come first
            self._error = error
        if self._error is not None and not items:
            raise self._error
        return [items, None]


class _FileRef:
    """Refers to an open file of the test."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def call(self, name: Any, values: list[Any], named: dict[str, Any]) -> Any:
        """Do with the file what the program does with it."""
        if name == ATTRIBUTE and values[0] in _FILE_FIELDS:
            return getattr(self.value, values[0])
        if name not in _FILE_METHODS:
            raise AttributeError(f"no method {name!r}")
        return getattr(self.value, name)(*values, **named)


def is_file(value: Any) -> bool:
    """Whether a value is an open file, also a temporary one with a name."""
    tempfile = sys.modules.get("tempfile")
    return isinstance(value, io.IOBase) or (tempfile is not None and type(value) is tempfile._TemporaryFileWrapper)


def _definition(value: Any) -> list[Any]:
    """Return what the definition of a function says of its parameters and documentation; nothing where that is not data.

    Default values are none of the program's business where the function may compare them: `lambda found, wanted=5: ...`.
    """
    if not isinstance(value, types.FunctionType | types.MethodType):
        return []
    function = value.__func__ if isinstance(value, types.MethodType) else value
    if type(function) is not types.FunctionType:
        return []
    code, defaults, named = function.__code__, function.__defaults__ or (), function.__kwdefaults__ or {}
    values = (*defaults, *named.values())
    if any(type(default) not in FLAT for default in values) or (values and not _only_computes(code)):
        return []
    bound = int(function is not value and code.co_argcount > 0)
    stars = bool(code.co_flags & inspect.CO_VARARGS), bool(code.co_flags & inspect.CO_VARKEYWORDS)
    counts = max(code.co_posonlyargcount - bound, 0), code.co_argcount - bound, code.co_kwonlyargcount, *stars
    names = code.co_varnames[bound : code.co_argcount + code.co_kwonlyargcount + sum(stars)]
    hints = [part for pair in function.__annotations__.items() for part in pair if isinstance(pair[1], type | str | None)]
    return [counts, names, defaults, tuple(named.items()), function.__doc__, tuple(hints)]


@functools.lru_cache(maxsize=256)
def _only_computes(code: types.CodeType) -> bool:
    """Whether a function compares nothing and calls nothing but builtins."""
    if code.co_freevars or any(isinstance(constant, types.CodeType) for constant in code.co_consts):
        return False
    own = all(name in vars(builtins) or name in dir(str) for name in code.co_names)
    return own and not any(step.opname in _COMPARING for step in dis.get_instructions(code))


def is_computed(iterator: Any) -> bool:
    """Whether reading an iterator has no effect but its items: it is an expression without calls."""
    if type(iterator) is not types.GeneratorType or iterator.gi_code.co_name != "<genexpr>":
        return False
    return not any(step.opname.startswith("CALL") for step in dis.get_instructions(iterator.gi_code))


def methods(kind: type) -> set[str]:
    """Names of the methods that a class of the test defines."""
    private = ("__init__", "__new__", "__del__", "__getattribute__", "__setattr__", "__init_subclass__", "__class_getitem__")
    return _defined(kind, types.FunctionType) - set(private)


def properties(kind: type) -> set[str]:
    """Names of the properties that a class of the test defines."""
    return _defined(kind, property)


def _attributes(kind: type) -> set[str]:
    """Names of the attributes that a class of the test defines, methods included."""
    return {name for base in _own_classes(kind) for name in vars(base) if not name.startswith("__")}


def own_names(kind: type) -> set[str]:
    """Names that a class itself answers for: methods of any sort, properties and other descriptors."""
    named = (item for base in kind.__mro__ for item in vars(base).items())
    return {name for name, value in named if callable(value) or hasattr(type(value), "__get__")}


def _own_classes(kind: type) -> list[type]:
    return [base for base in kind.__mro__ if base is not object and module_of(base) not in sys.stdlib_module_names]


def _defined(kind: type, what: type) -> set[str]:
    return {name for base in _own_classes(kind) for name, value in vars(base).items() if isinstance(value, what)}
