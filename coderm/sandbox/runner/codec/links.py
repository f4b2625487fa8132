"""Linked containers: what both sides hold of one mutable container, kept equal with every message.

A container that crosses gets a number. Before a side sends a message it compares every linked container with what both sides
last had, and sends the content of those that changed; the receiver puts it in place. A side on which only the link holds a
container lets the link go, and says so. So a result that one side alone keeps costs nothing.

The receiver changes containers that are linked, by their own kind, and names that are watched; nothing else.
"""

import operator
import sys
import types
from collections.abc import Iterable
from typing import Any

from ..transport.json_text import Malformed
from .containers import KINDS, content_node
from .nodes import FLAT, Node, NodeReader, NodeWriter

LARGE = 200
"""Parts from which on plain values are compared by ==, which is faster: 1 in place of True is then no change."""
NEVER = -1
_same = operator.is_
_MISSING = object()
_CODE = (type, types.FunctionType, types.ModuleType)


class Link:
    """One container under its number. `seen` is what both sides last had of it; None while a message is read into it."""

    __slots__ = ("flat", "free", "number", "seen", "tag", "value")

    def __init__(self, number: int, value: Any, tag: str, free: int) -> None:
        self.number, self.value, self.tag, self.free = number, value, tag, free
        self.seen: Any = None
        self.flat = False

    def note(self, content: Any) -> None:
        """Remember what both sides now have."""
        self.seen = content
        self.flat = type(content) is list and len(content) > LARGE and set(map(type, content)) <= FLAT

    def changed(self) -> Any:
        """Return the content if it is not what both sides last had, else None."""
        seen = self.seen
        if seen is None:
            return None
        now = KINDS[self.tag].content(self.value)
        if type(seen) is not list or self.flat:
            return None if now == seen else (now,)
        return None if len(now) == len(seen) and all(map(_same, now, seen)) else (now,)


def _holders(link: Link) -> int:
    return sys.getrefcount(link.value)


UNHELD = _holders(Link(0, [], "l", 0))
"""What the interpreter counts for a container that only its link holds."""


class Links:
    """The linked containers of one side. `first` is 0 for the tester and 1 for the candidate; numbers grow by 2."""

    def __init__(self, first: int) -> None:
        self._next = first
        self.by_id: dict[int, Link] = {}
        self._by_number: dict[int, Link] = {}
        self._let_go: list[int] = []
        self._names: dict[str, Any] = {}
        self._namespace: dict[str, Any] = {}

    def watch(self, namespace: dict[str, Any], names: Iterable[str]) -> None:
        """Keep data under these names of a namespace equal on both sides; classes, functions and modules stay what they are."""
        self._namespace = namespace
        values = {name: namespace.get(name, _MISSING) for name in names}
        self._names = {name: value for name, value in values.items() if not issubclass(type(value), _CODE)}

    def value(self, number: Any) -> Any:
        """Return the container under a number. Raises LookupError, TypeError."""
        return self._by_number[number].value

    def is_quiet(self) -> bool:
        """Whether no container and no name has changed since the last message."""
        kept = all(link.changed() is None for link in self._by_number.values())
        return kept and all(self._namespace.get(name, seen) is seen for name, seen in self._names.items())

    def outgoing(self, writer: "LinkedWriter") -> list[Any]:
        """Return what a message has to say of containers and names; empty when that is nothing."""
        if not (self._by_number or writer.fresh or self._names):
            return []
        changes = []
        for number in list(self._by_number):
            link = self._by_number[number]
            now = link.changed()
            if now is not None:
                changes.append([number, content_node(writer, link.value, link.tag)])
                writer.changed.append((link, now[0]))
            elif _holders(link) <= link.free:
                self._forget(number)
                self._let_go.append(number)
        names = []
        for name, seen in self._names.items():
            value = self._namespace.get(name, seen)
            if value is not seen:
                names.append([name, writer.value(value)])
                writer.renamed[name] = value
        writer.flush()
        if not (changes or names or writer.fresh or self._let_go):
            return []
        return [[self._next, *(index for index, _, _ in writer.fresh)], changes, self._let_go, names]

    def commit(self, writer: "LinkedWriter") -> None:
        """Note that the message is sent."""
        for index, tag, content in writer.fresh:
            self._add(self._next, writer.objects[writer.first + index], tag).note(content)
            self._next += 2
        for link, content in writer.changed:
            link.note(content)
        self._names.update(writer.renamed)
        self._let_go = []

    def incoming(self, sync: Any) -> "Incoming":
        """Look up what a message will change. Raises Malformed, or one of BROKEN."""
        places, changes, gone, names = sync
        first = places[0] if places else self._next + 1
        if set(map(type, places)) > {int} or first < 0 or first % 2 == self._next % 2:
            raise Malformed("no numbers of containers")
        numbers = {place: first + 2 * count for count, place in enumerate(places[1:])}
        if not self._by_number.keys().isdisjoint(numbers.values()):
            raise Malformed("a number given twice")
        changed = [(self._by_number[number], node) for number, node in changes]
        for link, node in changed:
            if node[0] != link.tag:
                raise Malformed("a change of another kind")
            link.seen = None  # reading may ask the other side for more, and half of a content is no change
        return Incoming(numbers, changed, gone, names)

    def received(self, number: int, value: Any, tag: Any) -> Link:
        """Link a container of the other side, whose content comes later."""
        if tag is None:
            raise Malformed("no container")
        return self._add(number, value, tag)

    def apply(self, incoming: "Incoming", reader: "LinkedReader") -> None:
        """Take in what a message says of containers and names. Raises Malformed, or one of BROKEN."""
        for link, node in incoming.changed:
            reader.put(link.value, node)
        for link in (*incoming.fresh, *(link for link, _ in incoming.changed)):
            link.note(KINDS[link.tag].content(link.value))
        for number in incoming.gone:
            self._forget(number)
        for name, written in incoming.names:
            if name not in self._names and not self._next % 2:
                raise Malformed("a name that is not shared")
            self._names[name] = self._namespace[name] = reader.value(written)

    def _add(self, number: int, value: Any, tag: str) -> Link:
        free = UNHELD if tag != "o" else UNHELD + 1 if self._next % 2 else NEVER
        link = self._by_number[number] = self.by_id[id(value)] = Link(number, value, tag, free)
        return link

    def _forget(self, number: int) -> None:
        link = self._by_number.pop(number, None)
        if link is not None:
            self.by_id.pop(id(link.value), None)


class Incoming:
    """What a message says of containers and names while it is read."""

    def __init__(self, numbers: dict[int, int], changed: list[tuple[Link, Node]], gone: Any, names: Any) -> None:
        self.numbers, self.changed, self.gone, self.names = numbers, changed, gone, names
        """Numbers by the places of the nodes."""
        self.fresh: list[Link] = []


class LinkedWriter(NodeWriter):
    """The writer of a message, as `Links` see it."""

    first: int
    objects: list[Any]
    fresh: list[tuple[int, str, Any]]
    """Containers that cross for the first time: index of the node, kind, content."""
    changed: list[tuple[Link, Any]]
    renamed: dict[str, Any]

    def flush(self) -> None:
        """Write the nodes that are still missing."""


class LinkedReader(NodeReader):
    """The reader of a message, as `Links` see it."""

    def put(self, value: Any, node: Any) -> None:
        """Give a container the content of a node of its kind."""
