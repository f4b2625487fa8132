"""The reader of one message: nodes become values, without recursion.

Whatever nodes come, reading them builds plain data or raises Malformed; it never runs code the sender chose.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from ..transport.json_text import Malformed
from .kinds import KINDS, SHELLS, WHOLES, kind_tag, prepare
from .links import Incoming
from .nodes import BROKEN, FLAT, Node, ObjectCodec


class _Pending:
    """Stands for a node that is not built yet."""


PENDING = _Pending()


class Reader:
    """Turns the nodes of one message into values, and takes in what it says of linked containers (`sync`, see Links).

    `known` are objects both sides have already.
    """

    def __init__(self, nodes: Any, codec: ObjectCodec, known: Iterable[Any] = (), sync: Any = ()) -> None:
        self.objects: list[Any] = list(known)
        self._codec = codec
        first = len(self.objects)
        if type(nodes) is not list:
            raise Malformed("no list of nodes")
        codec.reading += 1
        try:
            incoming = codec.links.incoming(sync) if sync else None
            self._read(nodes, first, incoming)
            if incoming is not None:
                codec.links.apply(incoming, self)
        except BROKEN as error:
            raise Malformed(f"a broken node: {type(error).__name__}: {str(error)[:200]}") from None
        finally:
            codec.reading -= 1

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

    def named(self, names: Any, written: Any) -> list[Any]:
        """Return the values written in a namedtuple's node, under the names of its fields."""
        return [self._codec.field(name, value) for name, value in zip(names, self.items(written), strict=True)]

    def put(self, value: Any, node: Node) -> None:
        """Give a container the content of a node of its kind."""
        if node[0] == "o":
            self._codec.fill(value, node, self)
        else:
            shorter = node[0] == "l" and len(node[1]) < list.__len__(value)
            if shorter or (node[0] == "s" and len(node[1]) == set.__len__(value)):  # of another length, Python itself would notice
                self._codec.shortening(value)
            KINDS[node[0]].put(value, node, self)

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

    def _read(self, nodes: list[Node], first: int, incoming: Incoming | None) -> None:
        shells: list[tuple[Any, Node]] = []
        waiting: list[int] = []
        for number, node in enumerate(nodes, first):
            if type(node) is not list:
                raise Malformed("a node that is no list")
            if node[0] == "o":
                shells.append((self._codec.shell(node), node))
                self.objects.append(shells[-1][0])
                continue
            make = SHELLS.get(node[0])
            if make is not None:
                shell = make(node)
                shells.append((shell, node))
                self.objects.append(shell)
                continue
            if node[0] == "L":
                self.objects.append(self._codec.links.value(node[1]))
                continue
            waiting.append(number)
            self.objects.append(PENDING)
        self._link(nodes, first, incoming)
        self._build(waiting, nodes, first)
        self._link(nodes, first, incoming)
        for shell, node in shells:
            if node[0] == "o":
                self._codec.fill(shell, node, self)
                continue
            prepare(shell, node, self)
            if node[0] in KINDS:
                KINDS[node[0]].put(shell, node, self)
        for place in waiting:
            node = nodes[place - first]
            if node[0] == "h" and len(node) > 4:
                self._fill_content(self.objects[place], node)

    def _fill_content(self, value: Any, node: Node) -> None:
        """Give an object of the program its content: what follows its number and class in the node."""
        tag = kind_tag(value, node)
        if tag is None:
            raise Malformed("content of another kind")
        KINDS[tag].put(value, node[3:], self)

    def _link(self, nodes: list[Node], first: int, incoming: Incoming | None) -> None:
        """Link containers that are built, before their content is there: reading that may ask the other side for more."""
        if incoming is None:
            return
        for place in list(incoming.numbers):
            value = self.objects[first + place]
            if value is not PENDING:
                self._codec.links.received(incoming, place, value, kind_tag(value, nodes[place]))

    def _build(self, waiting: list[int], nodes: list[Node], first: int) -> None:
        """Build immutable values, parts before wholes, with a stack instead of recursion."""
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
        return build(node, self) if build else self._codec.build(node, self)


def _references(node: Node) -> Iterator[int]:
    for part in node[1:4] if node[0] == "h" else node[1:]:  # what comes later is content of something that can hold itself
        if type(part) is list:
            for item in part:
                if type(item) is list and len(item) == 1 and type(item[0]) is int:
                    yield item[0]
