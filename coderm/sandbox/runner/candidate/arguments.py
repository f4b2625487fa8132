"""What the test passed, as the candidate has it: functions, iterators, classes and objects that are called back.

An object of the test is here by its fields; its methods, and the calls of its class, are made at the tester's.
"""

import itertools
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from ..codec.nodes import Node, Reads
from ..codec.structure import instance_fields
from ..transport.json_text import Malformed

MAX_CHUNK = 256
"""Most items of an iterator that cross at once; the first ones cross alone."""
Back = Callable[[int, str | None, Any, dict[str, Any]], Any]
"""Calls something of the tester: its number, a method's name, arguments."""


class Lent:
    """Stand-ins for what the test passed, by number, always the same one for the same thing."""

    def __init__(self, back: Back) -> None:
        self._back = back
        self._found: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._nodes: dict[int, Node] = {}
        """What each object was made of when it was passed last."""

    def number(self, value: Any) -> int | None:
        """Return the number of a stand-in; None for anything else."""
        return self._numbers.get(id(value))

    def build(self, node: Node, reader: Reads) -> Any:
        """Return what a node of the tester stands for."""
        tag = node[0]
        if tag == "m":
            return sys.modules[node[1]]
        if tag == "g":
            found: Any = sys.modules[node[1]]
            for part in node[2].split("."):
                found = getattr(found, part)
            return found
        if tag == "fu":
            return self._keep(node[1], lambda: _function(self._back, node[1], node[2]))
        if tag == "it":
            return self._keep(node[1], lambda: _iterator(self._back, node[1]))
        if tag == "T":
            return self._keep(node[1], lambda: self._class(node, reader.items(node[5])))
        if tag == "re":
            return re.compile(reader.items(node[1])[0], node[2])
        if tag == "E":
            return self._keep(node[1], lambda: reader.items(node[2])[0](*reader.items(node[3])))
        raise Malformed(f"an unknown tag {tag!r}")

    def shell(self, node: Node) -> Any:
        """Return an object of the test whose class and fields come later."""
        self._nodes[node[1]] = node
        return self._keep(node[1], _StandIn)

    def moved(self, number: int, fields: dict[str, Any]) -> None:
        """Give an object the fields that its method changed at the tester's; the program has not changed them."""
        if not fields:
            return
        instance_fields(self._found[number]).update(fields)
        passed = self._nodes[number][3]
        known = dict(zip(passed[::2], passed[1::2], strict=True)) | fields
        passed[:] = itertools.chain.from_iterable(known.items())

    def _keep(self, number: int, make: Callable[[], Any]) -> Any:
        if number not in self._found:
            self._found[number] = made = make()
            self._numbers[id(made)] = number
        return self._found[number]

    def _class(self, node: Node, raised: list[Any]) -> Any:
        number, name, methods, properties = node[1:5]
        held: dict[str, Any] = {method: self._method(method) for method in methods}
        held |= {each: property(self._method(each)) for each in properties}
        return _exception_class(name, raised, held) if raised else _stand_in_class(self._back, number, name, held)

    def _method(self, name: str) -> Any:
        def method(stand_in: Any, *args: Any, **kwargs: Any) -> Any:
            return self._back(self._numbers[id(stand_in)], name, args, kwargs)

        method.__name__ = name
        return method


class _StandIn:
    """An object of the test: its fields are here, its methods are called there."""


def fill(shell: Any, node: Node, reader: Reads) -> None:
    """Give an object of the test its class and its fields."""
    vars(object)["__class__"].__set__(shell, reader.value(node[2]))
    items, fields = reader.items(node[3]), instance_fields(shell)
    fields.clear()
    fields.update(zip(items[::2], items[1::2], strict=True))


def _function(back: Back, number: int, name: str) -> Any:
    def function(*args: Any, **kwargs: Any) -> Any:
        return back(number, None, args, kwargs)

    function.__name__ = function.__qualname__ = name
    return function


def _iterator(back: Back, number: int) -> Iterator[Any]:
    count = 1
    while True:
        items, end = back(number, "more", (min(count, MAX_CHUNK),), {})
        yield from items
        if end:
            return
        count += 1


def _exception_class(name: str, bases: list[Any], held: dict[str, Any]) -> Any:
    """Return a class that the program may raise and catch; its objects are made here, of their arguments alone."""

    def begin(self: Any, *args: Any, **kwargs: Any) -> None:
        self.args = args

    return type(name, tuple(bases), {"__init__": begin} | held)


def _stand_in_class(back: Back, number: int, name: str, held: dict[str, Any]) -> Any:
    def make(cls: Any, *args: Any, **kwargs: Any) -> Any:
        return back(number, None, args, kwargs)

    def begin(self: Any, *args: Any, **kwargs: Any) -> None:
        pass

    return type(name, (_StandIn,), {"__new__": make, "__init__": begin} | held)
