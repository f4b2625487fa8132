"""How each plain type is written: always through the type's own methods, so that a subclass cannot lie about its content."""

import collections
import datetime
import decimal
import fractions
import io
import itertools
import zoneinfo
from collections.abc import Callable, Iterable
from typing import Any

from ..transport.json_text import NotSerializable
from .namedtuples import fields_of
from .nodes import Node, NodeWriter
from .structure import module_of, mro, name_of


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


def _write_int(writer: NodeWriter, value: int) -> Node:
    return ["i", int.__format__(value, "x")]


def _write_pairs(pairs: Iterable[tuple[Any, Any]], writer: NodeWriter) -> list[Any]:
    return writer.items(itertools.chain.from_iterable(pairs))


def _write_defaultdict(writer: NodeWriter, value: Any) -> Node:
    return ["D", writer.items((value.default_factory,)), _write_pairs(dict.items(value), writer)]


def _zone(writer: NodeWriter, value: Any) -> list[Any]:
    """Return the time zone of a value as a part; NotSerializable for one of a class that does not cross."""
    if value.tzinfo is not None and type(value.tzinfo) not in (datetime.timezone, zoneinfo.ZoneInfo):
        raise NotSerializable("a time with a zone other than datetime.timezone and ZoneInfo")
    return writer.items((value.tzinfo,))


def _write_zone(writer: NodeWriter, value: datetime.timezone) -> Node:
    offset, *name = value.__getinitargs__()  # type: ignore[attr-defined]
    return ["tz", offset // datetime.timedelta(microseconds=1), *name]


def _write_datetime(writer: NodeWriter, value: datetime.datetime) -> Node:
    clock = [value.hour, value.minute, value.second, value.microsecond]
    return ["dt", [value.year, value.month, value.day, *clock], _zone(writer, value), value.fold]


def _write_time(writer: NodeWriter, value: datetime.time) -> Node:
    return ["tm", [value.hour, value.minute, value.second, value.microsecond], _zone(writer, value), value.fold]


def _write_stream(writer: NodeWriter, value: Any) -> Node:
    if value.closed:
        return ["io", None, 0]
    content = value.getvalue()
    return ["io", content, value.tell()] if isinstance(value, io.StringIO) else ["ib", content.decode("latin-1"), value.tell()]


WRITERS: dict[type, Callable[[NodeWriter, Any], Node]] = {
    list: lambda w, v: ["l", w.items(list.__iter__(v))],
    tuple: lambda w, v: ["t", w.items(tuple.__iter__(v))],
    dict: lambda w, v: ["d", _write_pairs(dict.items(v), w)],
    int: _write_int,
    float: lambda w, v: ["x", float.__float__(v)],
    str: lambda w, v: ["x", str.__str__(v)],
    bool: lambda w, v: ["x", bool(v)],
    type(None): lambda w, v: ["x", None],
    set: lambda w, v: ["s", w.items(set.__iter__(v))],
    frozenset: lambda w, v: ["f", w.items(frozenset.__iter__(v))],
    bytes: lambda w, v: ["b", bytes.__getitem__(v, slice(None)).decode("latin-1")],
    bytearray: lambda w, v: ["B", bytes(bytearray.__getitem__(v, slice(None))).decode("latin-1")],
    complex: lambda w, v: ["c", v.real, v.imag],
    range: lambda w, v: ["r", w.items((v.start, v.stop, v.step))],
    collections.deque: lambda w, v: ["q", v.maxlen, w.items(collections.deque.__iter__(v))],
    collections.Counter: lambda w, v: ["C", _write_pairs(dict.items(v), w)],
    collections.OrderedDict: lambda w, v: ["O", _write_pairs(collections.OrderedDict.items(v), w)],
    collections.defaultdict: _write_defaultdict,
    type({}.keys()): lambda w, v: ["vk", w.items(v)],
    type({}.values()): lambda w, v: ["vv", w.items(v)],
    type({}.items()): lambda w, v: ["vi", _write_pairs(v, w)],
    type(collections.OrderedDict().keys()): lambda w, v: ["vk", w.items(v)],
    type(collections.OrderedDict().values()): lambda w, v: ["vv", w.items(v)],
    type(collections.OrderedDict().items()): lambda w, v: ["vi", _write_pairs(v, w)],
    datetime.datetime: _write_datetime,
    datetime.date: lambda w, v: ["da", [v.year, v.month, v.day]],
    datetime.time: _write_time,
    datetime.timedelta: lambda w, v: ["td", [v.days, v.seconds, v.microseconds]],
    datetime.timezone: _write_zone,
    decimal.Decimal: lambda w, v: ["De", decimal.Decimal.__str__(v)],
    fractions.Fraction: lambda w, v: ["Fr", w.items((v.numerator, v.denominator))],
    slice: lambda w, v: ["sl", w.items((v.start, v.stop, v.step))],
    type(Ellipsis): lambda w, v: ["el"],
    type(NotImplemented): lambda w, v: ["ni"],
    io.StringIO: _write_stream,
    io.BytesIO: _write_stream,
}
