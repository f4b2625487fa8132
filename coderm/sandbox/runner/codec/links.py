"""Linked containers: what both sides hold of one mutable container, kept equal with every message.

A container that crosses gets a number. Before a side sends a message it compares every linked container with what both sides
last had, and sends the content of those that changed; the receiver puts it in place. A side on which only the link holds a
container lets the link go, and says so. So a result that one side alone keeps costs nothing.

The receiver changes containers that are linked, by their own kind, and names that are watched; nothing else.
"""

import operator
import sys
import types
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ..transport.json_text import Malformed
from .kinds import KINDS
from .nodes import FLAT, Node, NodeReader, NodeWriter

LARGE = 200
"""Parts from which on plain values are compared by ==, which is faster: 1 in place of True is then no change."""
NEVER = -1
"""For objects of the test, which the candidate may give back at any time."""
_same = operator.is_
_MISSING = object()
_CODE = (type, types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType)
Fresh = tuple[int, Any, str, Any]
"""A container that crosses for the first time: place of its node, value, kind, content."""


class Link:
    """One container under its number. `seen` is what both sides last had of it; None while a message is read into it."""

    __slots__ = ("content", "flat", "free", "number", "seen", "tag", "value")

    def __init__(self, number: int, value: Any, tag: str, free: int) -> None:
        self.number, self.value, self.tag, self.free = number, value, tag, free
        self.content = KINDS[tag].content
        self.seen: Any = None
        self.flat = False

    def note(self, content: Any) -> None:
        """Remember what both sides now have."""
        self.seen = content
        self.flat = type(content) is not list or (len(content) > LARGE and set(map(type, content)) <= FLAT)

    def is_unchanged(self) -> bool:
        """Whether a long list of scalars is what both sides last had, without a copy of it; False where that is not known."""
        return self.flat and type(self.value) is list and bool(self.value == self.seen)

    def same(self, now: Any) -> bool:
        """Whether content is what both sides last had."""
        seen = self.seen
        if self.flat or seen is None:
            return seen is None or bool(now == seen)
        return len(now) == len(seen) and all(map(_same, now, seen))


def _holders(link: Link) -> int:
    return sys.getrefcount(link.value)


UNHELD = _holders(Link(0, [], "l", 0))
"""What the interpreter counts for a container that only its link holds."""


class Incoming(NamedTuple):
    """What a message says of containers and names, while it is read."""

    numbers: dict[int, int]
    """Numbers of containers that are not built yet, by the places of their nodes."""
    fresh: list[Link]
    """Containers that cross for the first time and are built."""
    changed: list[tuple[Link, Node]]
    """Containers with the nodes of their new content."""
    gone: list[int]
    """Numbers of containers that the other side has let go."""
    names: list[Any]
    """Names with their new values as written."""


class Links:
    """The linked containers of one side. `first` is 0 for the tester and 1 for the candidate; numbers grow by 2."""

    def __init__(self, first: int) -> None:
        self._next = first
        self._trusting = first == 1
        """Whether the other side may set names that are not watched here: only the tester may."""
        self.by_id: dict[int, Link] = {}
        self._by_number: dict[int, Link] = {}
        self._namespace: dict[str, Any] = {}
        self._names: dict[str, Any] = {}
        self._let_go: list[int] = []
        self._fresh: Sequence[Fresh] = ()
        self._changed: list[tuple[Link, Any]] = []
        self._renamed: dict[str, Any] = {}

    def watch(self, namespace: dict[str, Any], names: Iterable[str]) -> None:
        """Keep data under these names of a namespace equal on both sides; classes, functions and modules stay what they are."""
        self._namespace = namespace
        values = {name: namespace.get(name, _MISSING) for name in names}
        self._names = {name: value for name, value in values.items() if not issubclass(type(value), _CODE)}

    def value(self, number: Any) -> Any:
        """Return the container under a number. Raises LookupError, TypeError."""
        return self._by_number[number].value

    def outgoing(self, writer: NodeWriter, fresh: Sequence[Fresh]) -> list[Any]:
        """Return what a message has to say of containers and names; empty when that is nothing."""
        table = self._by_number
        if not (table or fresh or self._names):
            return []
        self._fresh, self._changed, self._renamed = fresh, [], {}
        changes, names = [], []
        for number in list(table):
            link = table[number]
            unchanged = link.is_unchanged()
            now = None if unchanged else link.content(link.value)
            if not (unchanged or link.same(now)):
                changes.append([number, KINDS[link.tag].write(writer, link.value)])
                self._changed.append((link, now))
            elif _holders(link) <= link.free:
                self._forget(number)
                self._let_go.append(number)
        for name, seen in self._names.items():
            value = self._namespace.get(name, seen)
            if value is not seen:
                names.append([name, writer.value(value)])
                self._renamed[name] = value
        if not (changes or names or fresh or self._let_go):
            return []
        return [[self._next, *(place for place, _, _, _ in fresh)], changes, self._let_go, names]

    def commit(self) -> None:
        """Note that the message is sent."""
        for _, value, tag, content in self._fresh:
            self._add(self._next, value, tag).note(content)
            self._next += 2
        for link, content in self._changed:
            link.note(content)
        self._names.update(self._renamed)
        self._let_go, self._fresh, self._changed = [], (), []

    def incoming(self, sync: Any) -> Incoming:
        """Look up what a message will change. Raises Malformed, or one of BROKEN."""
        places, changes, gone, names = sync
        if set(map(type, places)) != {int} or min(places) < 0 or places[0] % 2 == self._next % 2:
            raise Malformed("no numbers of containers")
        first, *others = places
        numbers = dict(zip(others, range(first, first + 2 * len(others), 2), strict=True))
        if not self._by_number.keys().isdisjoint(numbers.values()):
            raise Malformed("a number given twice")
        changed = [(self._by_number[number], node) for number, node in changes]
        for link, node in changed:
            if node[0] != link.tag:
                raise Malformed("a change of another kind")
            link.seen = None  # reading may ask the other side for more, and half of a content is no change
        return Incoming(numbers, [], changed, gone, names)

    def received(self, incoming: Incoming, place: int, value: Any, tag: Any) -> None:
        """Link a container of the other side, whose content comes later."""
        if tag is None:
            raise Malformed("no container")
        incoming.fresh.append(self._add(incoming.numbers.pop(place), value, tag))

    def apply(self, incoming: Incoming, reader: NodeReader) -> None:
        """Take in what a message says of containers and names. Raises Malformed, or one of BROKEN."""
        for link, node in incoming.changed:
            reader.put(link.value, node)
        for link in (*incoming.fresh, *(link for link, _ in incoming.changed)):
            link.note(link.content(link.value))
        for number in incoming.gone:
            self._forget(number)
        for name, written in incoming.names:
            if name not in self._names and not self._trusting:
                raise Malformed("a name that is not shared")
            self._names[name] = self._namespace[name] = reader.value(written)

    def _add(self, number: int, value: Any, tag: str) -> Link:
        free = UNHELD if tag != "o" else UNHELD + 1 if self._trusting else NEVER
        link = self._by_number[number] = self.by_id[id(value)] = Link(number, value, tag, free)
        return link

    def _forget(self, number: int) -> None:
        link = self._by_number.pop(number, None)
        if link is not None:
            self.by_id.pop(id(link.value), None)
