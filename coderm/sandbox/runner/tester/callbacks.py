"""Objects that the test passes to the candidate: numbered here, described there, and called back by name.

This is the allow-list of what the candidate may call in the tester's process.
"""

import builtins
import dis
import inspect
import io
import sys
import types
import unittest
from typing import Any

from ..codec.exceptions import attributes
from ..codec.functions import code_to_send
from ..codec.kinds import fields, flattened
from ..codec.nodes import Node, NodeWriter
from ..codec.references import name_for_candidate
from ..codec.structure import module_of
from ..constants import SOLUTION, word_set
from ..transport.json_text import Malformed, NotSerializable
from .mirrors import STREAMS

ATTRIBUTE = "."
"""Stands for the name of a method where the candidate reads an attribute, or sets one."""
_ITERATORS = ("builtins", "itertools")
_OF_ITERATORS = word_set("__next__ send throw close")
_COMPARING = word_set("COMPARE_OP CONTAINS_OP IS_OP LOAD_ASSERTION_ERROR RAISE_VARARGS")
_FILE_METHODS = word_set(
    "close flush isatty read readable readline readlines seek seekable tell truncate writable write writelines"
)
_FILE_FIELDS = word_set("closed encoding errors mode name newlines")
_NONE: frozenset[str] = frozenset()
_RETURNING_NOTHING = word_set("print remove shuffle sleep")
"""Functions that a test may patch, whose mock returns a mock that nobody uses."""
_PRIVATE = word_set("__init__ __new__ __del__ __getattribute__ __setattr__ __init_subclass__ __class_getitem__")


class Ref:
    """Refers to an object of the test: the candidate may call these methods, read these attributes and set these properties."""

    def __init__(
        self, value: Any, called: frozenset[str] = _NONE, read: frozenset[str] = _NONE, put: frozenset[str] = _NONE
    ) -> None:
        self.value = value
        self._called, self._read, self._put = called, read, put

    def call(self, name: Any, values: list[Any], named: dict[str, Any]) -> Any:
        """Do with the object what the program does with it."""
        if name == ATTRIBUTE:
            attribute, *value = values
            if attribute not in (self._put if value else self._read):
                raise AttributeError(f"{type(self.value).__name__!r} object has no attribute {attribute!r}")
            return setattr(self.value, attribute, *value) if value else getattr(self.value, attribute)
        if type(name) is not str or name not in self._called:
            raise AttributeError(f"no method {name!r}")
        return getattr(self.value, name)(*values, **named)


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
        if (library := name_for_candidate(value)) is not None:
            return library
        if isinstance(value, type):
            bases = [base for base in value.__bases__ if base.__module__ == SOLUTION or issubclass(base, BaseException)]
            offered = sorted(methods(value)), sorted(properties(value)), writer.items(bases)
            return ["T", self._register(Ref(value, read=_attributes(value)), value), value.__name__, *offered]
        if is_file(value):
            stream = next((name for name in STREAMS if value in (getattr(sys, name), getattr(sys, f"__{name}__"))), "")
            number = self._register(Ref(value, _FILE_METHODS, _FILE_FIELDS), value)
            return ["g", "sys", stream] if stream else ["fi", number, hasattr(value, "encoding")]
        if isinstance(value, BaseException):
            parts = writer.items([type(value)]), writer.items(value.args), writer.items(attributes(value))
            return ["E", self._object(value), *parts]
        if type(value).__module__ in _ITERATORS and hasattr(type(value), "__next__"):
            return ["it", self._register(Ref(value, _OF_ITERATORS), value), type(value) is types.GeneratorType]
        return self._function_or_object(writer, value)

    def _function_or_object(self, writer: NodeWriter, value: Any) -> Node:
        kind = type(value)
        library = kind.__module__.partition(".")[0] in sys.stdlib_module_names
        own = kind.__module__ == SOLUTION or (hasattr(value, "__dict__") and not library)
        if own and not isinstance(value, types.FunctionType | types.MethodType):
            return ["o", self._object(value), writer.value(kind), writer.items(flattened(fields(value)))]
        if not callable(value) and kind is not object:
            raise NotSerializable(f"a value of type {kind.__name__} cannot cross")
        if id(value) not in self._numbers and (code := code_to_send(value)):
            return ["fc", self._register(value), code]
        held = vars(value) if kind is types.FunctionType else {}
        name = str(getattr(value, "__name__", kind.__name__))
        return ["fu", self._register(value), name, writer.items(flattened(held)), writer.items(_definition(value))]

    def _object(self, value: Any) -> int:
        kind = type(value)
        return self._register(Ref(value, methods(kind), _attributes(kind), properties(kind)), value)

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

    def value_of(self, number: Any) -> Any:
        """Return the object that the test passed under a number. Raises Malformed."""
        target = self.target(number)
        return target.value if isinstance(target, Ref) else target

    def target(self, number: Any) -> Any:
        """Return the target of a call. Raises Malformed."""
        if type(number) is not int or not 0 <= number < len(self._targets):
            raise Malformed("a reference to nothing of the test")
        return self._targets[number]


def call_target(target: Any, name: Any, values: list[Any], named: dict[str, Any]) -> Any:
    """Call a target, or a method that its class in the test defines. Its exceptions rise."""
    if name is not None:
        found = target.call(name, values, named) if isinstance(target, Ref) else None
    else:
        kind = target.value if isinstance(target, Ref) else target
        if isinstance(target, Ref) and not isinstance(kind, type):
            raise TypeError("not callable")
        found = kind(*values, **named)
    if is_mock(found):
        if getattr(target, "_mock_name", "") in _RETURNING_NOTHING:
            return None
        raise NotSerializable("a mock of the test cannot be a value of the program")
    return found


def is_mock(value: Any) -> bool:
    """Whether `unittest.mock` made a value of the test."""
    module = sys.modules.get("unittest.mock")
    return module is not None and issubclass(type(value), module.NonCallableMock)


def is_file(value: Any) -> bool:
    """Whether a value is an open file, also a temporary one with a name."""
    tempfile = sys.modules.get("tempfile")
    return isinstance(value, io.IOBase) or (tempfile is not None and type(value) is tempfile._TemporaryFileWrapper)


def _definition(value: Any) -> list[Any]:
    """Return parameters as text, documentation and types of a function; nothing where its default values are no data.

    They are none of the program's business where the function may compare them: `lambda found, wanted=5: ...`.
    """
    function = getattr(value, "__func__", value)
    if type(function) is not types.FunctionType:
        return []
    signature = inspect.signature(value, follow_wrapped=False)
    defaults = [each.default for each in signature.parameters.values() if each.default is not each.empty]
    if any(type(default) not in (int, str, bool, type(None)) for default in defaults) or (defaults and _decides(function.__code__)):
        return []
    bare = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
    hints = {name: hint for name, hint in function.__annotations__.items() if isinstance(hint, type | str | None)}
    return [str(inspect.Signature(bare)), function.__doc__, tuple(flattened(hints))]


def _decides(code: types.CodeType) -> bool:
    """Whether a function compares something, or calls anything but builtins."""
    if code.co_freevars or any(isinstance(constant, types.CodeType) for constant in code.co_consts):
        return True
    own = all(name in vars(builtins) or name in dir(str) for name in code.co_names)
    return not own or any(step.opname in _COMPARING for step in dis.get_instructions(code))


def methods(kind: type) -> frozenset[str]:
    """Names of the methods that a class of the test defines."""
    return _defined(kind, types.FunctionType) - _PRIVATE


def properties(kind: type) -> frozenset[str]:
    """Names of the properties that a class of the test defines."""
    return _defined(kind, property)


def _attributes(kind: type) -> frozenset[str]:
    """Names of the attributes that a class of the test defines, methods included."""
    return frozenset(name for name in _defined(kind, object) if not name.startswith("__"))


def own_names(kind: type) -> set[str]:
    """Names that a class itself answers for: methods of any sort, properties and other descriptors."""
    named = (item for base in kind.__mro__ for item in vars(base).items())
    return {name for name, value in named if callable(value) or hasattr(type(value), "__get__")}


def _defined(kind: type, what: type) -> frozenset[str]:
    own = [base for base in kind.__mro__ if base is not object and module_of(base) not in sys.stdlib_module_names]
    return frozenset(name for base in own for name, value in vars(base).items() if isinstance(value, what))
