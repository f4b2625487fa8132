"""Nodes of a message, and the protocols of those who write and read them.

A value is a scalar (None, bool, int, float, str) or `[n]`, a reference to node n of its message. A node is a list, a tag and what
the tag needs, so that nesting of any depth needs no recursion, and aliases and cycles survive.
"""

from collections.abc import Iterable
from typing import Any, Protocol

from ..transport.json_text import Malformed, NotSerializable

MAX_NODES = 400_000
"""Most containers in a message; a result with more does not fit into the memory of a pair either."""
BIG = 1 << 1024
"""Integers from here on travel in base 16: base 10 is quadratic, and limited by the interpreter."""

Node = list[Any]

SCALARS = frozenset({type(None), bool, float, str})
FLAT = SCALARS | {int}
BROKEN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading a broken node may raise."""


class NodeWriter(Protocol):
    """The writer of one message, as functions that write nodes see it."""

    def value(self, value: Any) -> Any:
        """Return how a value is written in the message."""

    def items(self, values: Iterable[Any]) -> list[Any]:
        """Return the values of a container as written in its node."""


class NodeReader(Protocol):
    """The reader of one message, as functions that read nodes see it."""

    def value(self, written: Any) -> Any:
        """Return the value of something written in the message."""

    def items(self, written: Any) -> list[Any]:
        """Return the values written in a container's node."""

    def named(self, names: Any, written: Any) -> list[Any]:
        """Return the values written in a namedtuple's node, under the names of its fields."""

    def put(self, value: Any, node: Node) -> None:
        """Give a container the content of a node of its kind."""


_COMPARED: dict[tuple[int, int], tuple[Any, Any]] = {}
"""Pairs of records that the comparison going on has come to."""


class Record:
    """An object of the other side as data: its class and its fields, compared here and never there."""

    def __init__(self) -> None:
        self.kind: Any = None
        self.fields: dict[Any, Any] = {}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record):
            return NotImplemented
        pair = (id(self), id(other))
        if self is other or pair in _COMPARED:  # a cycle is equal unless another part differs
            return True
        outermost = not _COMPARED
        _COMPARED[pair] = self, other
        try:
            return self.kind == other.kind and self.fields == other.fields
        finally:
            if outermost:
                _COMPARED.clear()

    __hash__ = None  # type: ignore[assignment]


class ObjectCodec:
    """How one side writes and reads objects that are no plain data; this base refuses all of them."""

    links: Any = None
    """The containers linked with the other side; see links.Links."""
    reading = 0
    """Above 0 while a message is read."""

    def keeps(self, kind: type) -> bool:
        """Whether objects of a class that derives from a builtin are written by `write`, and not as the builtin."""
        return False

    def write(self, writer: NodeWriter, value: Any) -> Node:
        """Return the node of a value that is no plain data. Raises NotSerializable."""
        raise NotSerializable(f"a value of type {type(value).__name__} cannot cross")

    def build(self, node: Node, reader: NodeReader) -> Any:
        """Return the value of a node with a tag unknown here; its parts are there."""
        raise Malformed("an unknown kind of node")

    def field(self, name: Any, value: Any) -> Any:
        """Return the value for a field of a namedtuple, given the value that was read."""
        return value

    def shell(self, node: Node) -> Any:
        """Return an object whose fields come later."""
        raise Malformed("an unknown kind of node")

    def fill(self, shell: Any, node: Node, reader: NodeReader) -> None:
        """Give such an object the fields of a node; the last part of the node has them."""
        raise Malformed("an unknown kind of node")

    def shortening(self, value: Any) -> None:
        """Note that the other side is about to shorten a list of this one, or to change the items of a set and not how many."""
