"""Plain data as JSON text, both ways between two processes that do not trust each other.

A value is a scalar (None, bool, int, float, str) or `[n]`, a reference to node n of its message. A node is a list, a tag and what
the tag needs, so that nesting of any depth needs no recursion, and aliases and cycles survive. Whatever bytes come, reading
them builds plain data or raises Malformed; it never runs code the sender chose.
"""

import collections
import datetime
import decimal
import fractions
import functools
import io
import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from . import arrays

MAX_MESSAGE = 16 * 1024 * 1024
"""Longest message, bytes; an honest result is a thousandth of it."""
MAX_NODES = 400_000
"""Most containers in a message; a result with more does not fit into the memory of a pair either."""
BIG = 1 << 1024
"""Integers from here on travel in base 16: base 10 is quadratic, and limited by the interpreter."""

Node = list[Any]

SCALARS = frozenset({type(None), bool, float, str})
FLAT = SCALARS | {int}
FACTORIES: dict[str, Callable[[], Any]] = {
    kind.__name__: kind
    for kind in (int, float, complex, bool, str, bytes, bytearray, list, tuple, dict, set, frozenset, collections.deque)
}
FACTORIES |= {"Counter": collections.Counter, "OrderedDict": collections.OrderedDict}
_FACTORY_NAMES = {factory: name for name, factory in FACTORIES.items()}
BROKEN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading a broken node may raise."""


class Unfit(Exception):
    """A value that cannot cross: too large, too many parts."""


class Malformed(Exception):
    """Bytes that no honest peer sends."""


class _Pending:
    """Stands for a node that is not built yet."""


PENDING = _Pending()


def dumps(message: Any) -> bytes:
    """Return the bytes of a message. Raises Unfit when there are too many."""
    body = "".join(_parts(message, 0)).encode("utf-8", "surrogatepass")
    if len(body) > MAX_MESSAGE:
        raise Unfit(f"a value of {len(body)} bytes is over the limit of {MAX_MESSAGE}")
    return body


def loads(body: bytes) -> Any:
    """Return the message of some bytes. Raises Malformed."""
    try:
        return _decode(str(body, "utf-8", "surrogatepass"))
    except ValueError as error:
        raise Malformed(f"a message is no JSON: {type(error).__name__}") from None


_make_encoder: Any = json.encoder.c_make_encoder  # type: ignore[attr-defined]


def _refuse(value: Any) -> Any:
    raise Unfit(f"a {type(value).__name__} among scalars")


_parts = _make_encoder(None, _refuse, json.encoder.encode_basestring, None, ":", ",", False, False, True)
"""The encoder that json makes anew for every call, with lone surrogates as they are."""
_decode = json.JSONDecoder().decode


class Record:
    """An object of the other side as data: its class and its fields, compared here and never there."""

    def __init__(self) -> None:
        self.kind: Any = None
        self.fields: dict[Any, Any] = {}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record):
            return NotImplemented
        return self is other or (self.kind == other.kind and self.fields == other.fields)

    __hash__ = None  # type: ignore[assignment]


class Foreign:
    """How one side reads and writes what is no plain data; this one refuses everything."""

    def write(self, writer: "Writer", value: Any) -> Node:
        """Return the node of a value that is no plain data. Raises Unfit."""
        raise Unfit(f"a value of type {type(value).__name__} cannot cross")

    def build(self, node: Node, reader: "Reader") -> Any:
        """Return the value of a node with a tag unknown here; its parts are there."""
        raise Malformed("an unknown kind of node")

    def shell(self, node: Node) -> Any:
        """Return an object whose fields come later."""
        raise Malformed("an unknown kind of node")

    def fill(self, shell: Any, node: Node, reader: "Reader") -> None:
        """Give such an object its fields."""
        raise Malformed("an unknown kind of node")


class Writer:
    """Turns the values of one message into nodes.

    `known` are objects the receiver has already, by number; they come first, and a value among them crosses as a reference.
    """

    def __init__(self, foreign: Foreign, known: Iterable[Any] = ()) -> None:
        self.nodes: list[Node] = []
        self.objects: list[Any] = list(known)
        self._foreign = foreign
        self._first = len(self.objects)
        self._memo = {id(value): number for number, value in enumerate(self.objects)}
        self._busy = False

    def value(self, value: Any) -> Any:
        """Return how a value is written in the message; its nodes are added to `nodes`."""
        kind = type(value)
        if kind in SCALARS or (kind is int and -BIG < value < BIG):
            return value
        place = self._place(value)
        if not self._busy:
            self._settle()
        return place

    def again(self, number: int) -> Node:
        """Return the node of a known object as it is now."""
        node = self._node(self.objects[number])
        if not self._busy:
            self._settle()
        return node

    def _place(self, value: Any) -> list[int]:
        number = self._memo.get(id(value))
        if number is None:
            number = self._memo[id(value)] = len(self.objects)
            self.objects.append(value)
            if number - self._first > MAX_NODES:
                raise Unfit(f"a value of more than {MAX_NODES} parts")
        return [number]

    def _settle(self) -> None:
        self._busy = True
        while len(self.nodes) < len(self.objects) - self._first:
            self.nodes.append(self._node(self.objects[self._first + len(self.nodes)]))
        self._busy = False

    def _node(self, value: Any) -> Node:
        kind = type(value)
        write = WRITERS.get(kind)
        if write is None:
            node = arrays.write(value, self.items)
            if node is not None:
                return node
            write = _inherited(kind)
        return self._foreign.write(self, value) if write is None else write(self, value)

    def items(self, values: Iterable[Any]) -> list[Any]:
        """Return the values of a container as written in its node."""
        values = list(values)
        kinds = set(map(type, values))
        if kinds <= SCALARS or (kinds == {int} and min(values) > -BIG and max(values) < BIG):
            return values
        return [self.value(value) for value in values]


def _inherited(kind: type) -> "Callable[[Writer, Any], Node] | None":
    """Return how a subclass is written: as its builtin, or as a namedtuple; None when it is no plain data."""
    if any(base.__module__ == "enum" for base in kind.__mro__):
        return None
    for base in kind.__mro__[1:]:
        if base in WRITERS and base is not type(None):
            return _write_namedtuple if base is tuple and _fields(kind) is not None else WRITERS[base]
    return None


def _fields(kind: type) -> "tuple[str, ...] | None":
    fields = kind.__dict__.get("_fields")
    if type(fields) is tuple and fields and all(type(name) is str for name in fields):
        return fields
    return None


def is_shape(kind: type) -> bool:
    """Whether a class is a namedtuple with nothing of its own, so that its shape says all."""
    own = {name for name in vars(kind) if not name.startswith("__")} - {
        "_fields",
        "_field_defaults",
        "_make",
        "_replace",
        "_asdict",
    }
    return kind.__bases__ == (tuple,) and _fields(kind) is not None and own == set(_fields(kind) or ())


def _write_namedtuple(writer: Writer, value: Any) -> Node:
    kind = type(value)
    return ["n", kind.__name__, list(_fields(kind) or ()), writer.items(tuple.__iter__(value))]


def _write_int(writer: Writer, value: int) -> Node:
    return ["i", int.__format__(value, "x")]


def _write_pairs(pairs: Iterable[tuple[Any, Any]], writer: Writer) -> list[Any]:
    return writer.items(itertools.chain.from_iterable(pairs))


def _write_defaultdict(writer: Writer, value: Any) -> Node:
    factory = _FACTORY_NAMES.get(value.default_factory, "") if isinstance(value.default_factory, type) else ""
    return ["D", factory, _write_pairs(dict.items(value), writer)]


def _zone(value: Any) -> Any:
    """Return the offset of a fixed time zone in microseconds, None for none; ValueError for other zones."""
    if value.tzinfo is None:
        return None
    if type(value.tzinfo) is not datetime.timezone:
        raise Unfit("a time with a zone other than datetime.timezone")
    return value.utcoffset() // datetime.timedelta(microseconds=1)


def _write_datetime(writer: Writer, value: datetime.datetime) -> Node:
    clock = [value.hour, value.minute, value.second, value.microsecond]
    return ["dt", [value.year, value.month, value.day, *clock], _zone(value), value.fold]


def _write_time(writer: Writer, value: datetime.time) -> Node:
    return ["tm", [value.hour, value.minute, value.second, value.microsecond], _zone(value), value.fold]


def _write_stream(writer: Writer, value: Any) -> Node:
    if value.closed:
        return ["io", None, 0]
    content = value.getvalue()
    return ["io", content, value.tell()] if isinstance(value, io.StringIO) else ["ib", content.decode("latin-1"), value.tell()]


WRITERS: dict[type, Callable[[Writer, Any], Node]] = {
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
    datetime.timezone: lambda w, v: ["tz", v.utcoffset(None) // datetime.timedelta(microseconds=1)],
    decimal.Decimal: lambda w, v: ["De", decimal.Decimal.__str__(v)],
    fractions.Fraction: lambda w, v: ["Fr", w.items((v.numerator, v.denominator))],
    slice: lambda w, v: ["sl", w.items((v.start, v.stop, v.step))],
    type(Ellipsis): lambda w, v: ["el"],
    type(NotImplemented): lambda w, v: ["ni"],
    io.StringIO: _write_stream,
    io.BytesIO: _write_stream,
}
"""How each plain type is written; always through the type's own methods, so that a subclass cannot lie about its content."""


class Reader:
    """Turns the nodes of one message into values. `known` are objects both sides have already."""

    def __init__(self, nodes: Any, foreign: Foreign, known: Iterable[Any] = ()) -> None:
        self.objects: list[Any] = list(known)
        self._foreign = foreign
        first = len(self.objects)
        if type(nodes) is not list:
            raise Malformed("no list of nodes")
        try:
            self._read(nodes, first)
        except BROKEN as error:
            raise Malformed(f"a broken node: {type(error).__name__}: {str(error)[:200]}") from None

    def value(self, written: Any) -> Any:
        """Return the value of something written in the message."""
        if type(written) in FLAT:
            return written
        return self._object(written)

    def items(self, written: Any) -> list[Any]:
        """Return the values written in a container's node."""
        if type(written) is not list:
            raise Malformed("no list of values")
        if set(map(type, written)) <= FLAT:
            return written
        return [item if type(item) in FLAT else self._object(item) for item in written]

    def change(self, value: Any, node: Any) -> None:
        """Give a known mutable object the content of a node."""
        try:
            if node[0] == "o":
                self._foreign.fill(value, node, self)
            else:
                _change(value, node, self)
        except BROKEN as error:
            raise Malformed(f"a broken change: {type(error).__name__}: {str(error)[:200]}") from None

    def _object(self, written: Any) -> Any:
        if type(written) is not list or len(written) != 1 or type(written[0]) is not int:
            raise Malformed("neither scalar nor reference")
        number = written[0]
        if not 0 <= number < len(self.objects):
            raise Malformed("a reference to nothing")
        found = self.objects[number]
        if found is PENDING:
            raise Malformed("a reference to what is not there yet")
        return found

    def _read(self, nodes: list[Node], first: int) -> None:
        shells: list[tuple[Any, Node]] = []
        waiting: list[int] = []
        for number, node in enumerate(nodes, first):
            if type(node) is not list:
                raise Malformed("a node that is no list")
            if node[0] == "o":
                shells.append((self._foreign.shell(node), node))
                self.objects.append(shells[-1][0])
                continue
            make = SHELLS.get(node[0])
            if make is not None:
                shell = make(node)
                shells.append((shell, node))
                self.objects.append(shell)
                continue
            leaf = LEAVES.get(node[0])
            if leaf is None:
                waiting.append(number)
            self.objects.append(PENDING if leaf is None else leaf(node))
        self._build(waiting, nodes, first)
        for shell, node in shells:
            if node[0] == "o":
                self._foreign.fill(shell, node, self)
            else:
                _fill(shell, node, self)

    def _build(self, waiting: list[int], nodes: list[Node], first: int) -> None:
        """Build what needs its parts first; parts before wholes, with a stack instead of recursion."""
        opened: set[int] = set()
        for start in waiting:
            stack = [start]
            while stack:
                number = stack[-1]
                if self.objects[number] is not PENDING:
                    stack.pop()
                    continue
                node = nodes[number - first]
                missing = [
                    part for part in _references(node) if first <= part < len(self.objects) and self.objects[part] is PENDING
                ]
                if not missing:
                    self.objects[number] = self._whole(node)
                elif number in opened:
                    raise Malformed("something immutable that holds itself")
                else:
                    opened.add(number)
                    stack.extend(missing)

    def _whole(self, node: Node) -> Any:
        build = WHOLES.get(node[0])
        return build(node, self) if build else self._foreign.build(node, self)


def _references(node: Node) -> Iterator[int]:
    for part in node[1:]:
        if type(part) is list:
            for item in part:
                if type(item) is list and len(item) == 1 and type(item[0]) is int:
                    yield item[0]


def _checked(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise Malformed(f"no {kind.__name__}")
    return value


def _integers(values: Any, count: int) -> list[int]:
    if type(values) is not list or len(values) != count or set(map(type, values)) != {int}:
        raise Malformed("no integers")
    return values


def _latin(value: Any) -> bytes:
    return str(_checked(str, value)).encode("latin-1")


def _to_zone(offset: Any) -> "datetime.timezone | None":
    return None if offset is None else datetime.timezone(datetime.timedelta(microseconds=_checked(int, offset)))


_NAMED: dict[tuple[str, ...], Any] = {}


def _namedtuple(name: Any, fields: Any) -> Any:
    if type(fields) is not list or set(map(type, fields)) > {str}:
        raise Malformed("no field names")
    key = (_checked(str, name), *fields)
    if key not in _NAMED:
        if len(_NAMED) > 1000:
            _NAMED.clear()
        _NAMED[key] = collections.namedtuple(name, fields)
    return _NAMED[key]


def _pairs(items: list[Any]) -> Iterator[tuple[Any, Any]]:
    if len(items) % 2:
        raise Malformed("half a pair")
    return zip(items[::2], items[1::2], strict=True)


def _stream(node: Node) -> Any:
    if node[0] == "ib":
        stream: Any = io.BytesIO(_latin(node[1]))
    else:
        stream = io.StringIO("" if node[1] is None else _checked(str, node[1]), newline="")
    stream.seek(_checked(int, node[2]))
    if node[1] is None:
        stream.close()
    return stream


LEAVES: dict[str, Callable[[Node], Any]] = {
    "i": lambda n: int(_checked(str, n[1]), 16),
    "x": lambda n: n[1] if type(n[1]) in FLAT else _checked(str, n[1]),
    "b": lambda n: _latin(n[1]),
    "c": lambda n: complex(_checked(float, n[1]), _checked(float, n[2])),
    "dt": lambda n: datetime.datetime(*_integers(n[1], 7), tzinfo=_to_zone(n[2]), fold=n[3]),  # type: ignore[misc, arg-type]
    "da": lambda n: datetime.date(*_integers(n[1], 3)),
    "tm": lambda n: datetime.time(*_integers(n[1], 4), tzinfo=_to_zone(n[2]), fold=n[3]),  # type: ignore[misc, arg-type]
    "td": lambda n: datetime.timedelta(*_integers(n[1], 3)),
    "tz": lambda n: _to_zone(n[1]),
    "De": lambda n: decimal.Decimal(_checked(str, n[1])),
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
    "q": lambda n: collections.deque(maxlen=None if n[1] is None else _checked(int, n[1])),
    "C": lambda n: collections.Counter(),
    "O": lambda n: collections.OrderedDict(),
    "D": lambda n: collections.defaultdict(FACTORIES[n[1]] if n[1] else None),
    "R": lambda n: Record(),
}
"""Mutable containers: made empty first, since they may hold themselves."""
WHOLES: dict[str, Callable[[Node, Reader], Any]] = {
    "t": lambda n, r: tuple(r.items(n[1])),
    "f": lambda n, r: frozenset(r.items(n[1])),
    "r": lambda n, r: range(*r.items(n[1])),
    "n": lambda n, r: _namedtuple(n[1], n[2])(*r.items(n[3])),
    "sl": lambda n, r: slice(*r.items(n[1])),
    "Fr": lambda n, r: fractions.Fraction(*r.items(n[1])),
    "vk": lambda n, r: dict.fromkeys(r.items(n[1])).keys(),
    "vv": lambda n, r: dict(enumerate(r.items(n[1]))).values(),
    "vi": lambda n, r: dict(_pairs(r.items(n[1]))).items(),
    "ao": lambda n, r: arrays.from_items(n, r.items(n[1])),
}
"""Immutable ones: built when their parts are there."""


def _fill(shell: Any, node: Node, reader: Reader) -> None:
    tag = node[0]
    if tag == "l":
        shell[:] = reader.items(node[1])
    elif tag == "s":
        shell.update(reader.items(node[1]))
    elif tag == "B":
        shell[:] = _latin(node[1])
    elif tag == "q":
        shell.extend(reader.items(node[2]))
    elif tag == "R":
        shell.kind, shell.fields = reader.value(node[1]), dict(_pairs(reader.items(node[2])))
    else:
        (shell.update if tag == "O" else functools.partial(dict.update, shell))(_pairs(reader.items(node[-1])))


CHANGEABLE = frozenset({*SHELLS, "o", "io", "ib", "a", "ao"}) - {"R"}
"""Tags of what a call may change in place."""


def _change(value: Any, node: Node, reader: Reader) -> None:
    tag = _checked(str, node[0])
    if tag in ("l", "B") and isinstance(value, (list, bytearray)):
        value[:] = reader.items(node[1]) if tag == "l" else _latin(node[1])
    elif tag in ("s", "q", "d", "C", "O", "D") and isinstance(value, (set, collections.deque, dict)):
        fresh = SHELLS[tag](node)
        _fill(fresh, node, reader)
        value.clear()
        if isinstance(value, (set, collections.deque)):
            (value.update if isinstance(value, set) else value.extend)(fresh)
        else:
            (value.update if tag == "O" else functools.partial(dict.update, value))(fresh)
    elif tag in ("io", "ib") and isinstance(value, (io.StringIO, io.BytesIO)):
        _change_stream(value, node)
    elif tag in ("a", "ao"):
        arrays.change(value, arrays.read(node) if tag == "a" else arrays.from_items(node, reader.items(node[1])))
    else:
        raise Malformed("a change of another kind")


def _change_stream(value: Any, node: Node) -> None:
    if node[1] is None:
        value.close()
        return
    value.seek(0)
    value.truncate()
    value.write(_latin(node[1]) if node[0] == "ib" else _checked(str, node[1]))
    value.seek(_checked(int, node[2]))


def same_node(left: Node, right: Node) -> bool:
    """Whether two nodes say the same: unlike ==, 1 is not 1.0 and not True."""
    return left == right and _kinds(left) == _kinds(right)


def _kinds(node: Node) -> list[Any]:
    return [list(map(type, part)) if type(part) is list else type(part) for part in node]
