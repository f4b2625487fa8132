"""Values of the library that cross as data: a closed table of classes, each with its parts and how they are put together.

Exact classes only. Nothing is imported, called or looked up because the other side names it: a name is a key of the table. Parts
are checked for their types before any constructor sees them.
"""

import argparse
import array
import collections
import datetime
import decimal
import fractions
import http
import ipaddress
import pathlib
import random
import re
import statistics
import string
import types
import urllib.parse
import uuid
import xml.etree.ElementTree as ElementTree
import zoneinfo
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..transport.json_text import Malformed, NotSerializable
from .nodes import Node, NodeReader, NodeWriter
from .structure import module_of, name_of

Parts = Iterable[Any]
_ANY: tuple[type, ...] = ()
"""Stands for parts of any type."""
_TEXT = (str, bytes)
_KEY = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")
"""Names of time zones: no way out of the folder that holds them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One class: its parts, their types, and how a value is made of them.

    Without `fill`, `make` builds the value of its parts. With it, `make` builds an empty one, given the node's own list of
    parts, and it is filled when all are there: such a value may change, or hold itself.
    """

    parts: Callable[[Any], Parts | None]
    """None where this value cannot cross as data."""
    types: tuple[tuple[type, ...], ...]
    make: Callable[..., Any]
    fill: Callable[..., None] | None = None
    """Gives a value the parts, whatever it held before."""
    repeated: bool = False
    """Whether `types` may occur any number of times."""

    def fits(self, parts: list[Any]) -> bool:
        """Whether parts are of the right number and types."""
        wanted = self.types * (len(parts) // len(self.types)) if self.repeated else self.types
        matching = (kinds is _ANY or type(part) in kinds for part, kinds in zip(parts, wanted, strict=False))
        return len(wanted) == len(parts) and all(matching)

    def read(self, node: Node, reader: NodeReader) -> list[Any]:
        """Return the parts in a node. Raises Malformed."""
        parts = reader.items(node[2])
        if not self.fits(parts):
            raise Malformed("no parts of a value of the library")
        if self.fill is _set_fields:
            return [part for pair in zip(parts[::2], reader.named(parts[::2], node[2][1::2]), strict=True) for part in pair]
        return parts


def _text_entry(kind: Callable[[str], Any], text: Callable[[Any], str] = str) -> Entry:
    """A class whose values are made of one text."""
    return Entry(lambda value: (text(value),), ((str,),), kind)


def _attribute_entry(kind: Callable[[], Any], name: str, held: type) -> Entry:
    """A class that keeps all it has in one attribute."""
    return Entry(
        lambda value: (getattr(value, name),), ((held,),), lambda raw: kind(), lambda value, part: setattr(value, name, part)
    )


def _fields_entry(kind: Callable[[], Any]) -> Entry:
    """A namespace."""
    return Entry(_field_parts, ((str,), _ANY), lambda raw: kind(), _set_fields, repeated=True)


def _field_parts(value: Any) -> Parts:
    return [part for pair in vars(value).items() for part in pair]


def _set_fields(value: Any, *parts: Any) -> None:
    vars(value).clear()
    vars(value).update(zip(parts[::2], parts[1::2], strict=True))


def _set_array(value: Any, typecode: str, data: bytes) -> None:
    if value.typecode != typecode:
        raise Malformed("an array of another type")
    del value[:]
    value.frombytes(data)


def _view_parts(value: memoryview) -> Parts | None:
    return (value.readonly, bytes(value).decode("latin-1")) if value.format == "B" and value.ndim == 1 else None


def _new_view(raw: list[Any]) -> memoryview:
    data = raw[1].encode("latin-1")
    return memoryview(data if raw[0] else bytearray(data))


def _set_view(value: memoryview, readonly: bool, data: str) -> None:
    if value.readonly is not readonly:
        raise Malformed("a view of another kind")
    if not readonly:
        value[:] = data.encode("latin-1")


def _match_parts(value: Any) -> Parts | None:
    """A match is searched for again on the other side; None for one that would not be found."""
    parts = (value.re, value.string, value.pos, value.endpos, value.regs)
    return parts if type(value.string) in _TEXT and _find(*parts) is not None else None


def _find(pattern: Any, text: Any, start: int, end: int, spans: tuple[Any, ...]) -> Any:
    for way, first in ((pattern.search, start), (pattern.match, start), (pattern.fullmatch, start), (pattern.match, spans[0][0])):
        found = way(text, first, end)
        if found is not None and found.regs == spans:
            return found
    return None


def _match(*parts: Any) -> Any:
    found = _find(*parts)
    if found is None:
        raise Malformed("no match")
    return found


_TAGS = (ElementTree.Comment, ElementTree.ProcessingInstruction)
"""Functions that stand for the tag of what is no element."""


def _element_parts(value: Any) -> Parts:
    tag = _TAGS.index(value.tag) if value.tag in _TAGS else value.tag
    return tag, value.attrib, value.text, value.tail, tuple(value)


def _set_element(value: Any, tag: Any, attributes: dict[Any, Any], text: Any, tail: Any, children: tuple[Any, ...]) -> None:
    if not all(type(child) is ElementTree.Element for child in children):
        raise Malformed("no element")
    value.tag, value.attrib, value.text, value.tail = tag if type(tag) is str else _TAGS[tag], attributes, text, tail
    value[:] = children


def _set_root(value: Any, root: Any) -> None:
    value._root = root


def _zone(key: str) -> Any:
    if not _KEY.fullmatch(key):
        raise Malformed("no time zone")
    return zoneinfo.ZoneInfo(key)


ENTRIES: dict[type, Entry] = {
    uuid.UUID: Entry(lambda value: (value.int,), ((int,),), lambda number: uuid.UUID(int=number)),
    random.Random: Entry(
        random.Random.getstate,
        ((int,), (tuple,), (float, type(None))),
        lambda raw: random.Random(0),
        lambda value, *state: value.setstate(state),
    ),
    types.SimpleNamespace: _fields_entry(types.SimpleNamespace),
    argparse.Namespace: _fields_entry(argparse.Namespace),
    collections.UserDict: _attribute_entry(collections.UserDict, "data", dict),
    collections.UserList: _attribute_entry(collections.UserList, "data", list),
    collections.UserString: _text_entry(collections.UserString),
    collections.ChainMap: _attribute_entry(collections.ChainMap, "maps", list),
    types.MappingProxyType: Entry(lambda value: (dict(value),), ((dict,),), types.MappingProxyType),
    array.array: Entry(
        lambda value: (value.typecode, value.tobytes()), ((str,), (bytes,)), lambda raw: array.array(raw[0]), _set_array
    ),
    memoryview: Entry(_view_parts, ((bool,), (str,)), _new_view, _set_view),
    statistics.NormalDist: Entry(lambda value: (value.mean, value.stdev), ((float,), (float,)), statistics.NormalDist),
    string.Template: _text_entry(string.Template, lambda value: str(value.template)),
    re.Pattern: Entry(
        lambda value: (value.pattern, value.flags), (_TEXT, (int,)), lambda text, flags: re.compile(text, flags & ~re.DEBUG)
    ),
    re.Match: Entry(_match_parts, ((re.Pattern,), _TEXT, (int,), (int,), (tuple,)), _match),
    ElementTree.Element: Entry(
        _element_parts,
        ((str, int), (dict,), _ANY, _ANY, (tuple,)),
        lambda raw: ElementTree.Element(""),
        _set_element,
    ),
    ElementTree.ElementTree: Entry(
        lambda value: (value.getroot(),),
        ((ElementTree.Element, type(None)),),
        lambda raw: ElementTree.ElementTree(),
        _set_root,
    ),
    zoneinfo.ZoneInfo: Entry(lambda value: (value.key,) if value.key else None, ((str,),), _zone),
}
"""By class."""
_TEXTS = (
    *(pathlib.PurePosixPath, pathlib.PureWindowsPath, type(pathlib.Path())),
    *(ipaddress.IPv4Address, ipaddress.IPv6Address, ipaddress.IPv4Network, ipaddress.IPv6Network),
    *(ipaddress.IPv4Interface, ipaddress.IPv6Interface),
)
_URLS = ("ParseResult", "SplitResult", "DefragResult", "ParseResultBytes", "SplitResultBytes", "DefragResultBytes")
ENTRIES |= {kind: _text_entry(kind) for kind in _TEXTS}
ENTRIES |= {kind: Entry(tuple, (_ANY,), kind, repeated=True) for kind in map(vars(urllib.parse).__getitem__, _URLS)}
ENTRIES |= {
    kind: Entry(lambda value: (value.value,), ((int, str, type(None)),), kind)
    for kind in (http.HTTPStatus, http.HTTPMethod, re.RegexFlag, uuid.SafeUUID)
}


def _time_parts(*names: str) -> Callable[[Any], Parts]:
    def parts(value: Any) -> Parts:
        if value.tzinfo is not None and type(value.tzinfo) not in _ZONES:
            raise NotSerializable("a time with a zone other than datetime.timezone and ZoneInfo")
        return [getattr(value, name) for name in (*names, "tzinfo", "fold")]

    return parts


def _parts_of(*names: str) -> Callable[[Any], Parts]:
    return lambda value: [getattr(value, name) for name in names]


def _zone_parts(value: Any) -> Parts:
    offset, *name = value.__getinitargs__()
    return [offset, *(name or [None])]


_INT = (int,)
_ZONES = (datetime.timezone, zoneinfo.ZoneInfo)
_CLOCK = "hour", "minute", "second", "microsecond"
_WHEN = (*_ZONES, type(None)), _INT
PLAIN: dict[type, Entry] = {
    complex: Entry(_parts_of("real", "imag"), ((float,),) * 2, complex),
    range: Entry(_parts_of("start", "stop", "step"), (_INT,) * 3, range),
    slice: Entry(_parts_of("start", "stop", "step"), (_ANY,) * 3, slice),
    decimal.Decimal: _text_entry(decimal.Decimal, decimal.Decimal.__str__),
    fractions.Fraction: Entry(_parts_of("numerator", "denominator"), (_INT,) * 2, fractions.Fraction),
    datetime.date: Entry(_parts_of("year", "month", "day"), (_INT,) * 3, datetime.date),
    datetime.datetime: Entry(
        _time_parts("year", "month", "day", *_CLOCK),
        (*(_INT,) * 7, *_WHEN),
        lambda *parts: datetime.datetime(*parts[:-1], fold=parts[-1]),
    ),
    datetime.time: Entry(_time_parts(*_CLOCK), (*(_INT,) * 4, *_WHEN), lambda *parts: datetime.time(*parts[:-1], fold=parts[-1])),
    datetime.timedelta: Entry(_parts_of("days", "seconds", "microseconds"), (_INT,) * 3, datetime.timedelta),
    datetime.timezone: Entry(
        _zone_parts,
        ((datetime.timedelta,), (str, type(None))),
        lambda offset, name: datetime.timezone(offset, *([] if name is None else [name])),
    ),
    type(...): Entry(lambda value: (), (), lambda: ...),
    type(NotImplemented): Entry(lambda value: (), (), lambda: NotImplemented),
}
"""Values of builtins that do not change: their subclasses cross as well."""
for _kind in (dict, collections.OrderedDict):
    PLAIN[type(_kind().keys())] = Entry(tuple, (_ANY,), lambda *keys: dict.fromkeys(keys).keys(), repeated=True)
    PLAIN[type(_kind().values())] = Entry(tuple, (_ANY,), lambda *values: dict(enumerate(values)).values(), repeated=True)
    PLAIN[type(_kind().items())] = Entry(tuple, ((tuple,),), lambda *pairs: dict(pairs).items(), repeated=True)
ENTRIES |= PLAIN


def entry_of(kind: type) -> tuple[str, Entry] | None:
    """Return the name and the entry of a class; None if it is not in the table."""
    entry = ENTRIES.get(kind)
    return None if entry is None else (f"{module_of(kind)}.{name_of(kind)}", entry)


_BY_NAME = {f"{module_of(kind)}.{name_of(kind)}": entry for kind, entry in ENTRIES.items()}


def write(writer: NodeWriter, value: Any) -> Node | None:
    """Return the node of a value of the library; None for anything that is not in the table."""
    node: Node | None = write_as(type(value), writer, value)
    return node


def write_as(kind: type, writer: NodeWriter, value: Any) -> Any:
    """Return the node of a value by the row of a class that it is of; None for anything that is not in the table."""
    found = entry_of(kind)
    if found is None:
        return None
    name, entry = found
    parts = list(entry.parts(value) or ())
    return ["lv" if entry.fill is None else "lm", name, writer.items(parts)] if entry.fits(parts) else None


def content(value: Any) -> list[Any] | tuple[Any, ...]:
    """Return what a value holds that may change: parts that are compared by identity, or else a tuple compared by ==."""
    found = entry_of(type(value))
    parts = found[1].parts(value) if found else None
    return list(parts or ()) if found and found[1].repeated else tuple(parts or ())


def _entry(node: Node) -> Entry:
    entry = _BY_NAME.get(node[1]) if type(node[1]) is str else None
    if entry is None or (entry.fill is None) is not (node[0] == "lv"):
        raise Malformed("no such value of the library")
    return entry


def build(node: Node, reader: NodeReader) -> Any:
    """Return the value of a node whose parts are there. Raises Malformed."""
    entry = _entry(node)
    return _guarded(entry.make, *entry.read(node, reader))


def new(node: Node) -> Any:
    """Return an empty value for a node. Raises Malformed."""
    return _guarded(_entry(node).make, node[2])


def fill(value: Any, node: Node, reader: NodeReader) -> None:
    """Give a value the content of a node. Raises Malformed."""
    entry, found = _entry(node), entry_of(type(value))
    if entry.fill is None or found is None or found[1] is not entry:
        raise Malformed("a change of another kind")
    _guarded(entry.fill, value, *entry.read(node, reader))


def _guarded(make: Callable[..., Any], *parts: Any) -> Any:
    """Call what makes a value of parts that may be anything of their types."""
    try:
        return make(*parts)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - each class has errors of its own
        raise Malformed(f"no parts of a value of the library: {type(error).__name__}") from None
