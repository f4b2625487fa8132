"""Objects that stay at the candidate and cross as a number: its classes, objects, functions, iterators and exceptions.

A class crosses with a description (name, bases, methods, which special methods it has), once; an object as data when the tester
has to compare it.
"""

import sys
import types
from typing import Any

from ..codec.exceptions import Linked, attributes, links
from ..codec.kinds import MUTABLE, WRITERS, content_of
from ..codec.library import entry_of
from ..codec.namedtuples import fields_of, is_generated, is_shape
from ..codec.nodes import Node, NodeWriter
from ..codec.operations import SPECIALS, TEXTS
from ..codec.references import name_for_tester
from ..codec.structure import MISSING, held, lookup, module_of, mro, name_of
from ..constants import SOLUTION
from .snapshots import Snapshot, compares

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
        self._kept: dict[type, bool] = {}

    def __getitem__(self, number: int) -> Any:
        return self._values[number]

    def confirm_sent(self) -> None:
        """Note that the tester has the descriptions of the message written last."""
        self._described |= self._unconfirmed
        self._unconfirmed.clear()

    def discard_unsent(self) -> None:
        """Note that the message written last was never sent."""
        self._unconfirmed.clear()

    def keeps(self, kind: type) -> bool:
        """Whether objects of a class cross by number, with the content of the builtin that it derives from."""
        if kind not in self._kept:
            self._kept[kind] = content_of(kind) is not None and not is_shape(kind)
        return self._kept[kind]

    def write(self, writer: NodeWriter, value: Any) -> Node:
        """Return the node of a value that is no plain data."""
        kind = type(value)  # never isinstance: it asks the value for its __class__
        if kind is Snapshot:
            return value.write(writer)  # type: ignore[no-any-return]
        if kind is ConstructedObject:
            return value.write(self, writer)  # type: ignore[no-any-return]
        if kind is Content:
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
        """Return the node of an object that stays here, with its content if its class derives from a builtin."""
        kind = type(value)
        base = content_of(kind)
        held_here = ["h", self._number(value), [writer.value(kind)]]
        if base is None:
            return held_here
        if base in MUTABLE:
            return [*held_here, *WRITERS[base](writer, value)]
        return [*held_here, [writer.value(Content(base, value)), *_own_hash(kind, base, value)]]

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
        if is_shape(kind):
            return ["k", number, name_of(kind), "namedtuple", list(fields_of(kind) or ())]
        return ["k", number, *_description(writer, kind)]


def _description(writer: NodeWriter, kind: type) -> list[Any]:
    enum = sys.modules.get("enum")
    shape = "enum" if enum and issubclass(kind, enum.Enum) else "class"
    bases = [writer.value(base) for base in kind.__bases__ if base is not object and (module_of(base) == SOLUTION or _raises(base))]
    content = content_of(kind)
    known = mro(content) if content else (object,)
    own = [base for base in mro(kind) if base not in known and module_of(base) != "enum"]
    methods = sorted(
        {name for base in own for name, value in held(base).items() if issubclass(type(value), _METHODS) and name[:2] != "__"}
    )
    flags = [compares(kind), _has(kind, "__hash__"), _decides_members(kind), _library_bases(kind)]
    if content is None:
        return [name_of(kind), shape, bases, methods, [name for name in SPECIALS if _has(kind, name)], flags, []]
    specials = [name for name in (*SPECIALS, *TEXTS, "__eq__", "__hash__", "__missing__") if _has(kind, name)]
    specials = [name for name in specials if name == "__class_getitem__" or _is_own(kind, name, known)]
    fields = list((fields_of(kind) if content is tuple else None) or ())
    changed = [name for name in (*dir(content), *fields, "_asdict", "_make", "_replace") if name[:2] != "__"]
    changed = [name for name in changed if _is_own(kind, name, known)]
    return [name_of(kind), shape, bases, methods, specials, flags, [name_of(content), fields, changed]]


def _library_bases(kind: type) -> list[list[str]]:
    """Return module and name of the classes of the library among those that a class consists of."""
    return [[module_of(base), name_of(base)] for base in mro(kind) if base is not object and module_of(base) != SOLUTION]


def _decides_members(kind: type) -> bool:
    """Whether `isinstance` asks code of the library or the program what is of a class: a protocol, an ABC, a metaclass."""
    return issubclass(kind, type) or lookup(type(kind), "__instancecheck__") is not held(type)["__instancecheck__"]


def _own_hash(kind: type, base: type, value: Any) -> list[int]:
    """Return the hash of an object whose class defines it, as a list of one; an empty list if it has none of its own."""
    if lookup(kind, "__hash__") in (None, lookup(base, "__hash__")):
        return []
    try:
        return [hash(value)]
    except Exception:  # noqa: BLE001 - the program's own method
        return []


def _is_own(kind: type, name: str, known: tuple[type, ...]) -> bool:
    """Whether a class has something under a name that is not the builtin's, nor made by `namedtuple`."""
    holder = next((base for base in mro(kind) if name in held(base)), object)
    return holder not in known and not is_generated(held(holder)[name])


class Content:
    """The content of an object whose class derives from an immutable builtin."""

    def __init__(self, base: type, value: Any) -> None:
        self.base, self.value = base, value


class ConstructedObject:
    """The object that a call of a class gave: crosses as an object even if its class derives from an array or a stream."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def write(self, exports: Exports, writer: NodeWriter) -> Node:
        """Return the node."""
        kind = type(self._value)
        known = entry_of(kind) is not None or content_of(kind) is not None
        plain = kind in WRITERS or known or module_of(kind) == "builtins" or _raises(kind)
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
