"""Objects that stay at the candidate and cross as a number: its classes, objects, functions, iterators and exceptions.

A class crosses with a description (name, bases, methods, which special methods it has), once; an object as data when the tester
has to compare it.
"""

import sys
import types
from typing import Any

from ..codec.encoders import WRITERS
from ..codec.exceptions import Linked, attributes, links
from ..codec.library import entry_of
from ..codec.namedtuples import fields_of, is_shape
from ..codec.nodes import Node, NodeWriter
from ..codec.operations import SPECIALS
from ..codec.references import name_for_tester
from ..codec.structure import MISSING, held, lookup, module_of, mro, name_of
from ..constants import SOLUTION
from .snapshots import BuiltinContent, Snapshot, compares, content_of

PROGRAM = 0
"""Number of the program's module among the exports."""
_ITERATORS = ("builtins", "itertools")
_METHODS = (types.FunctionType, staticmethod, classmethod)
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)


class Exports:
    """Numbers objects. The first message that holds a class and is sent describes it."""

    def __init__(self, module: types.ModuleType) -> None:
        self._module = module
        self._values: list[Any] = [module]
        self._numbers = {id(module): PROGRAM}
        self._described: set[int] = set()
        self._unconfirmed: set[int] = set()

    def __getitem__(self, number: int) -> Any:
        return self._values[number]

    def confirm_sent(self) -> None:
        """Note that the tester has the descriptions of the message written last."""
        self._described |= self._unconfirmed
        self._unconfirmed.clear()

    def discard_unsent(self) -> None:
        """Note that the message written last was never sent."""
        self._unconfirmed.clear()

    def write(self, writer: NodeWriter, value: Any) -> Node:
        """Return the node of a value that is no plain data."""
        kind = type(value)  # never isinstance: it asks the value for its __class__
        if kind is Snapshot:
            return value.write(writer)  # type: ignore[no-any-return]
        if kind is ConstructedObject:
            return value.write(self, writer)  # type: ignore[no-any-return]
        if kind is BuiltinContent:
            return WRITERS[value.base](writer, value.value)
        if (named := name_for_tester(value)) is not None:
            return named
        if issubclass(kind, types.ModuleType):
            return ["h", PROGRAM, []] if value is self._module else ["m", value.__name__]
        if issubclass(kind, type):
            return self._class(writer, value)
        if issubclass(kind, BaseException):
            return [*self._error(writer, value), writer.items(links(value)), writer.items(attributes(value))]
        if kind is Linked:
            return [*self._error(writer, value.error), [], writer.items(attributes(value.error))]
        if module_of(kind) in _ITERATORS and _has(kind, "__next__"):
            return ["it", self._number(value), kind is types.GeneratorType]
        if kind in _FUNCTIONS and not getattr(value, "__dict__", None):
            return ["fn", self._number(value), str(getattr(value, "__name__", ""))]
        return self.object(writer, value)

    def _error(self, writer: NodeWriter, error: BaseException) -> Node:
        return ["e", self._number(error), [writer.value(type(error))], writer.items(_args(error)), text_of(error)]

    def object(self, writer: NodeWriter, value: Any) -> Node:
        """Return the node of an object that stays here, whatever its class derives from."""
        return ["h", self._number(value), [writer.value(type(value))]]

    def _number(self, value: Any) -> int:
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._values)
            self._values.append(value)
        return number

    def _class(self, writer: NodeWriter, kind: type) -> Node:
        number = self._number(kind)
        if number in self._described:
            return ["k", number]
        self._unconfirmed.add(number)
        if is_shape(kind) and not held(kind).get("_field_defaults"):
            return ["k", number, name_of(kind), "namedtuple", list(fields_of(kind) or ())]
        return ["k", number, *_description(writer, kind)]


def _description(writer: NodeWriter, kind: type) -> list[Any]:
    enum = sys.modules.get("enum")
    shape = "enum" if enum and issubclass(kind, enum.Enum) else "class"
    bases = [writer.value(base) for base in kind.__bases__ if base is not object and (module_of(base) == SOLUTION or _raises(base))]
    own = [base for base in mro(kind) if module_of(base) not in ("builtins", "enum")]
    methods = sorted(
        {name for base in own for name, value in held(base).items() if issubclass(type(value), _METHODS) and name[:2] != "__"}
    )
    specials = [name for name in SPECIALS if _has(kind, name)]
    flags = [compares(kind), _has(kind, "__hash__"), content_of(kind) is not None]
    return [name_of(kind), shape, bases, methods, specials, flags]


class ConstructedObject:
    """The object that a call of a class gave: crosses as an object even if its class derives from a builtin."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def write(self, exports: Exports, writer: NodeWriter) -> Node:
        """Return the node."""
        kind = type(self._value)
        plain = kind in WRITERS or entry_of(kind) is not None or module_of(kind) == "builtins" or is_shape(kind) or _raises(kind)
        if plain:
            return ["p", [writer.value(self._value)]]
        return exports.object(writer, self._value)


def _has(kind: type, name: str) -> bool:
    """Whether a class has a special method; None in its place takes it away."""
    found = lookup(kind, name)
    return found is not None and found is not MISSING


def _raises(kind: type) -> bool:
    return issubclass(kind, BaseException)


def _args(error: BaseException) -> tuple[Any, ...]:
    if isinstance(error, BaseExceptionGroup):
        return (error.message, error.exceptions)
    args = BaseException.args.__get__(error)  # type: ignore[attr-defined]
    return tuple(None if arg is error else arg for arg in args)


def text_of(error: BaseException) -> str:
    """Return the text of an exception."""
    try:
        return str.__str__(str(error))[:100_000]
    except BaseException as hostile:  # noqa: BLE001 - the candidate's own __str__
        return f"<unprintable: {type(hostile).__name__}>"
