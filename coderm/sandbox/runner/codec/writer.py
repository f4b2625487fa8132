"""The writer of one message: values become nodes, without recursion."""

from collections.abc import Iterable
from typing import Any

from ..transport.json_text import NotSerializable
from . import arrays, library
from .kinds import KINDS, WRITERS, kind_tag, subclass_writer
from .links import Fresh, Link
from .nodes import BIG, MAX_NODES, SCALARS, Node, ObjectCodec


class Writer:
    """Turns the values of one message into nodes.

    `known` are objects the receiver has already, by number; they come first, and a value among them crosses as a reference.
    """

    def __init__(self, codec: ObjectCodec, known: Iterable[Any] = ()) -> None:
        self.nodes: list[Node] = []
        self.objects: list[Any] = list(known)
        self._codec = codec
        self._first = len(self.objects)
        self._fresh: list[Fresh] = []
        self._links: dict[int, Link] = codec.links.by_id if codec.links else {}
        self._memo = {id(value): number for number, value in enumerate(self.objects)}
        self._flushing = False

    def value(self, value: Any) -> Any:
        """Return how a value is written in the message; its nodes are added to `nodes`."""
        kind = type(value)
        if kind in SCALARS or (kind is int and -BIG < value < BIG):
            return value
        place = self._reference(value)
        if not self._flushing:
            self._flush()
        return place

    def sync(self) -> list[Any]:
        """Return what the message has to say of linked containers; to be called last."""
        return self._codec.links.outgoing(self, self._fresh) if self._codec.links else []

    def _reference(self, value: Any) -> list[int]:
        number = self._memo.get(id(value))
        if number is None:
            number = self._memo[id(value)] = len(self.objects)
            self.objects.append(value)
            if number - self._first > MAX_NODES:
                raise NotSerializable(f"a value of more than {MAX_NODES} parts")
        return [number]

    def _flush(self) -> None:
        self._flushing = True
        while len(self.nodes) < len(self.objects) - self._first:
            value = self.objects[self._first + len(self.nodes)]
            link = self._links.get(id(value))
            self.nodes.append(self._write(value) if link is None else ["L", link.number])
        self._flushing = False

    def _write(self, value: Any) -> Node:
        node = self._node(value)
        tag = kind_tag(value, node)
        if tag is not None:
            self._fresh.append((len(self.nodes), value, tag, KINDS[tag].content(value)))
        return node

    def _node(self, value: Any) -> Node:
        kind = type(value)
        write = WRITERS.get(kind)
        if write is None:
            node = library.write(self, value) or arrays.write(value)
            if node is not None:
                return node
            write = None if self._codec.keeps(kind) else subclass_writer(kind)
        return self._codec.write(self, value) if write is None else write(self, value)

    def items(self, values: Iterable[Any]) -> list[Any]:
        """Return the values of a container as written in its node."""
        values = list(values)
        kinds = set(map(type, values))
        if kinds <= SCALARS or (kinds == {int} and min(values) > -BIG and max(values) < BIG):
            return values
        return [self.value(value) for value in values]
