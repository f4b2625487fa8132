"""The kinds of plain values, a row for each builtin: how it is written, built, changed in place and compared.

Everything is read and set by the builtin's own methods, whatever a subclass defines, so each row also serves instances of
subclasses. Reading raises Malformed, or one of BROKEN, on anything no honest peer sends. Other values are in `library`.
"""

import collections
import datetime
import decimal
import enum
import fractions
import functools
import io
import itertools
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ..transport.json_text import Malformed
from . import arrays, library
from .namedtuples import fields_of, namedtuple
from .nodes import FLAT, Node, NodeReader, NodeWriter, Record
from .structure import instance_fields, module_of, mro, name_of, slot_fields


class Kind(NamedTuple):
    """A container that may change in place. What it holds is a list of parts, compared by identity, or something compared by ==."""

    base: type
    content: Callable[[Any], Any]
    write: Callable[[NodeWriter, Any], Node]
    put: Callable[[Any, Node, NodeReader], None]
    """Gives a container the content of a node."""
    new: Callable[[Node], Any] | None = None
    """Makes an empty one, which may come to hold itself; None for what is built whole."""
    refill: Callable[[Any, Any], None] | None = None
    """Gives a container the content of another."""


def fields(value: Any) -> dict[str, Any]:
    """Return the fields of an object of the test; a member of an enumeration shows its name and value."""
    named = {"name": value.name, "value": value.value} if isinstance(value, enum.Enum) else {}
    return instance_fields(value) | slot_fields(value) | named


def flattened(pairs: dict[Any, Any]) -> list[Any]:
    """Return keys and values in turn."""
    return list(itertools.chain.from_iterable(pairs.items()))


def _checked(kind: type, value: Any) -> Any:
    """Return a value of exactly this type. Raises Malformed."""
    if type(value) is not kind:
        raise Malformed(f"no {kind.__name__}")
    return value


def _latin(value: Any) -> bytes:
    """Return bytes that travel as a text of as many signs."""
    return str(_checked(str, value)).encode("latin-1")


def _refill_set(value: Any, items: list[Any]) -> None:
    set.clear(value)
    set.update(value, items)


def _refill_deque(value: Any, items: list[Any]) -> None:
    collections.deque.clear(value)
    collections.deque.extend(value, items)


def _refill_pairs(value: Any, items: list[Any]) -> None:
    """Set values under keys that stay where they are: a loop over the dict may be going on."""
    if len(items) % 2:
        raise Malformed("half a pair")
    base: Any = collections.OrderedDict if isinstance(value, collections.OrderedDict) else dict
    if list(base.keys(value)) != items[::2]:
        base.clear(value)
    for key, item in zip(items[::2], items[1::2], strict=True):
        base.__setitem__(value, key, item)


def _container(
    tag: str, base: Any, refill: Callable[[Any, list[Any]], None], *, pairs: bool = False, more: Callable[..., Any] | None = None
) -> Kind:
    """Return the row of a container whose node has its items, or its keys and values in turn, and perhaps one part more."""

    def parts(value: Any) -> list[Any]:
        return list(itertools.chain.from_iterable(base.items(value)) if pairs else base.__iter__(value))

    def write(writer: NodeWriter, value: Any) -> Node:
        return [tag, writer.items(parts(value)), *([more(writer, value)] if more else [])]

    def put(value: Any, node: Node, reader: NodeReader) -> None:
        refill(value, reader.items(node[1]))

    return Kind(base, parts, write, put, lambda node: base(), refill)


def _bytes_of(value: Any) -> bytes:
    return bytes(bytearray.__getitem__(value, slice(None)))


def _refill_bytes(value: Any, content: bytes) -> None:
    bytearray.__setitem__(value, slice(None), content)


def _stream_content(value: Any) -> Any:
    return None if value.closed else (type(value).getvalue(value), value.tell())


def _write_stream(writer: NodeWriter, value: Any) -> Node:
    content, place = _stream_content(value) or (None, 0)
    return ["ib", content.decode("latin-1"), place] if isinstance(content, bytes) else ["io", content, place]


def _put_stream(value: Any, node: Node, reader: NodeReader) -> None:
    base: Any = io.StringIO if isinstance(value, io.StringIO) else io.BytesIO
    if node[1] is None:
        base.close(value)
        return
    content = _latin(node[1]) if base is io.BytesIO else _checked(str, node[1])
    base.seek(value, 0)
    base.truncate(value)
    base.write(value, content)
    base.seek(value, _checked(int, node[2]))


def _stream(node: Node, reader: NodeReader) -> Any:
    stream = io.BytesIO() if node[0] == "ib" else io.StringIO(newline="")
    _put_stream(stream, node, reader)
    return stream


def _put_nothing(value: Any, node: Node, reader: NodeReader) -> None:
    raise Malformed("fields of no object")


_STREAM = _stream_content, _write_stream, _put_stream
KINDS: dict[str, Kind] = {
    "l": _container("l", list, lambda v, items: list.__setitem__(v, slice(None), items)),
    "d": _container("d", dict, _refill_pairs, pairs=True),
    "s": _container("s", set, _refill_set),
    "q": _container("q", collections.deque, _refill_deque, more=lambda w, v: v.maxlen)._replace(
        new=lambda n: collections.deque(maxlen=None if n[2] is None else _checked(int, n[2]))
    ),
    "C": _container("C", collections.Counter, _refill_pairs, pairs=True),
    "O": _container("O", collections.OrderedDict, _refill_pairs, pairs=True),
    "D": _container("D", collections.defaultdict, _refill_pairs, pairs=True, more=lambda w, v: w.items((v.default_factory,))),
    "B": Kind(
        bytearray,
        _bytes_of,
        lambda w, v: ["B", _bytes_of(v).decode("latin-1")],
        lambda v, n, r: _refill_bytes(v, _latin(n[1])),
        lambda n: bytearray(),
        _refill_bytes,
    ),
    "io": Kind(io.StringIO, *_STREAM),
    "ib": Kind(io.BytesIO, *_STREAM),
    "a": Kind(
        object,
        lambda v: (v.shape, v.tobytes()),
        lambda w, v: arrays.write(v) or [],
        lambda v, n, r: arrays.change(v, arrays.read(n)),
    ),
    "lm": Kind(object, library.content, lambda w, v: library.write(w, v) or [], library.fill, library.new),
    "o": Kind(object, lambda v: flattened(fields(v)), lambda w, v: ["o", w.items(flattened(fields(v)))], _put_nothing),
}
"""Kinds by the tags of their nodes. The fields of an object of the test ("o") are first written, and put, by the codec."""
SHELLS: dict[str, Callable[[Node], Any]] = {tag: kind.new for tag, kind in KINDS.items() if kind.new} | {"R": lambda n: Record()}
"""Makers of empty containers."""
WRITERS: dict[type, Callable[[NodeWriter, Any], Node]] = {
    **{kind.base: kind.write for kind in KINDS.values() if kind.base is not object},
    tuple: lambda w, v: ["t", w.items(tuple.__iter__(v))],
    frozenset: lambda w, v: ["f", w.items(frozenset.__iter__(v))],
    int: lambda w, v: ["i", int.__format__(v, "x")],
    float: lambda w, v: ["x", float.__float__(v)],
    str: lambda w, v: ["x", str.__str__(v)],
    bool: lambda w, v: ["x", bool(v)],
    type(None): lambda w, v: ["x", None],
    bytes: lambda w, v: ["b", bytes.__getitem__(v, slice(None)).decode("latin-1")],
    **{kind: functools.partial(library.write_as, kind) for kind in library.PLAIN},
}
WHOLES: dict[str, Callable[[Node, NodeReader], Any]] = {
    "t": lambda n, r: tuple(r.items(n[1])),
    "f": lambda n, r: frozenset(r.items(n[1])),
    "i": lambda n, r: int(_checked(str, n[1]), 16),
    "x": lambda n, r: n[1] if type(n[1]) in FLAT else _checked(str, n[1]),
    "b": lambda n, r: _latin(n[1]),
    "n": lambda n, r: namedtuple(n[1], n[2])(*r.named(n[2], n[3])),
    "io": _stream,
    "ib": _stream,
    "a": lambda n, r: arrays.read(n),
    "lv": library.build,
}
"""How what is built whole is built when its parts are there."""
_CONTENTS = (
    *(list, tuple, int, float, str, set, frozenset, bytes, bytearray, complex, decimal.Decimal, fractions.Fraction),
    *(collections.deque, dict, collections.Counter, collections.OrderedDict, collections.defaultdict),
    *(datetime.datetime, datetime.date, datetime.time, datetime.timedelta),
)
CONTENT: dict[str, type] = {kind.__name__: kind for kind in _CONTENTS}
"""Classes whose data crosses with objects of their subclasses."""
_REFILLED = {kind.base: kind for kind in KINDS.values() if kind.refill}
MUTABLE = frozenset(_REFILLED)


def subclass_writer(kind: type) -> "Callable[[NodeWriter, Any], Node] | None":
    """Return how a subclass is written: as its builtin, or as a namedtuple; None when it is no plain data."""
    if any(module_of(base) == "enum" for base in mro(kind)):
        return None
    for base in mro(kind)[1:]:
        if base in WRITERS and base is not type(None):
            return _write_namedtuple if base is tuple and fields_of(kind) is not None else WRITERS[base]
    return None


def _write_namedtuple(writer: NodeWriter, value: Any) -> Node:
    kind = type(value)
    return ["n", name_of(kind), list(fields_of(kind) or ()), writer.items(tuple.__iter__(value))]


def prepare(shell: Any, node: Node, reader: NodeReader) -> None:
    """Give a new container what is no content of it: nothing of it changes later."""
    if node[0] == "D":
        (shell.default_factory,) = reader.items(node[2])  # which must be callable
    elif node[0] == "R":
        items: Iterable[Any] = iter(reader.items(node[2]))
        shell.kind, shell.fields = reader.value(node[1]), dict(zip(items, items, strict=True))


def kind_tag(value: Any, node: Node) -> str | None:
    """Return the kind of a container that was written as this node; None for anything that does not change in place."""
    tag = node[3] if node[0] == "h" and len(node) > 4 else node[0]  # an object of the program with its content
    kind = KINDS.get(tag)
    if kind is None or not isinstance(value, kind.base) or (tag == "a" and node[3] is None):
        return None
    return str(tag)


def content_of(kind: type) -> type | None:
    """Return the builtin that holds the data of a class; None when none does."""
    return next((base for base in mro(kind) if CONTENT.get(name_of(base)) is base), None)


def copy_of(base: type, value: Any) -> Any:
    """Return the mutable content of an object, as an object of the builtin."""
    made = collections.deque(maxlen=collections.deque.maxlen.__get__(value)) if base is collections.deque else base()
    kind = _REFILLED[base]
    kind.refill(made, kind.content(value))  # type: ignore[misc]
    return made
