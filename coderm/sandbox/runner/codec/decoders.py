"""How each plain type is built from its node. Raises Malformed, or one of BROKEN, on anything no honest peer sends."""

import collections
import datetime
import decimal
import fractions
import io
import zoneinfo
from collections.abc import Callable, Iterator
from typing import Any

from ..transport.json_text import Malformed
from . import arrays, library
from .namedtuples import namedtuple
from .nodes import FLAT, Node, NodeReader, Record


def checked(kind: type, value: Any) -> Any:
    """Return a value of exactly this type. Raises Malformed."""
    if type(value) is not kind:
        raise Malformed(f"no {kind.__name__}")
    return value


def _integers(values: Any, count: int) -> list[int]:
    if type(values) is not list or len(values) != count or set(map(type, values)) != {int}:
        raise Malformed("no integers")
    return values


def latin(value: Any) -> bytes:
    """Return bytes that travel as a text of as many signs."""
    return str(checked(str, value)).encode("latin-1")


def _zone(parts: list[Any]) -> list[datetime.tzinfo | None]:
    (zone,) = parts
    if zone is not None and type(zone) not in ZONES:
        raise Malformed("no time zone")
    return [zone]


def _pairs(items: list[Any]) -> Iterator[tuple[Any, Any]]:
    if len(items) % 2:
        raise Malformed("half a pair")
    return zip(items[::2], items[1::2], strict=True)


def _stream(node: Node) -> Any:
    if node[0] == "ib":
        stream: Any = io.BytesIO(latin(node[1]))
    else:
        stream = io.StringIO("" if node[1] is None else checked(str, node[1]), newline="")
    stream.seek(checked(int, node[2]))
    if node[1] is None:
        stream.close()
    return stream


ZONES = (datetime.timezone, zoneinfo.ZoneInfo)
"""Classes of time zones that cross."""


def _callable(value: Any) -> Any:
    if value is not None and not callable(value):
        raise Malformed("no factory")
    return value


LEAVES: dict[str, Callable[[Node], Any]] = {
    "i": lambda n: int(checked(str, n[1]), 16),
    "x": lambda n: n[1] if type(n[1]) in FLAT else checked(str, n[1]),
    "b": lambda n: latin(n[1]),
    "c": lambda n: complex(checked(float, n[1]), checked(float, n[2])),
    "da": lambda n: datetime.date(*_integers(n[1], 3)),
    "td": lambda n: datetime.timedelta(*_integers(n[1], 3)),
    "tz": lambda n: datetime.timezone(datetime.timedelta(microseconds=checked(int, n[1])), *map(str, n[2:])),
    "De": lambda n: decimal.Decimal(checked(str, n[1])),
    "el": lambda n: Ellipsis,
    "ni": lambda n: NotImplemented,
    "io": _stream,
    "ib": _stream,
    "a": arrays.read,
}
"""Nodes without parts."""
SHELLS: dict[str, Callable[[Node], Any]] = {
    "l": lambda n: [],
    "d": lambda n: {},
    "s": lambda n: set(),
    "B": lambda n: bytearray(),
    "q": lambda n: collections.deque(maxlen=None if n[1] is None else checked(int, n[1])),
    "C": lambda n: collections.Counter(),
    "O": lambda n: collections.OrderedDict(),
    "D": lambda n: collections.defaultdict(),
    "R": lambda n: Record(),
    "lm": library.new,
}
"""Mutable containers: made empty first, since they may hold themselves."""
WHOLES: dict[str, Callable[[Node, NodeReader], Any]] = {
    "t": lambda n, r: tuple(r.items(n[1])),
    "f": lambda n, r: frozenset(r.items(n[1])),
    "r": lambda n, r: range(*r.items(n[1])),
    "n": lambda n, r: namedtuple(n[1], n[2])(*r.named(n[2], n[3])),
    "sl": lambda n, r: slice(*r.items(n[1])),
    "Fr": lambda n, r: fractions.Fraction(*r.items(n[1])),
    "vk": lambda n, r: dict.fromkeys(r.items(n[1])).keys(),
    "vv": lambda n, r: dict(enumerate(r.items(n[1]))).values(),
    "vi": lambda n, r: dict(_pairs(r.items(n[1]))).items(),
    "ao": lambda n, r: arrays.from_items(n, r.items(n[1])),
    "lv": library.build,
    "dt": lambda n, r: datetime.datetime(*_integers(n[1], 7), *_zone(r.items(n[2])), fold=n[3]),  # type: ignore[arg-type]
    "tm": lambda n, r: datetime.time(*_integers(n[1], 4), *_zone(r.items(n[2])), fold=n[3]),  # type: ignore[arg-type]
}
"""Immutable ones: built when their parts are there."""


def prepare(shell: Any, node: Node, reader: NodeReader) -> None:
    """Give a new container what is no content of it: nothing of it changes later."""
    if node[0] == "D":
        (shell.default_factory,) = map(_callable, reader.items(node[1]))
    elif node[0] == "R":
        shell.kind, shell.fields = reader.value(node[1]), dict(_pairs(reader.items(node[2])))
