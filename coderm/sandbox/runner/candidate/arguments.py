"""Proxies, at the candidate, for arguments that the test passed: functions, iterators, classes and objects.

A proxy of an object holds its fields; calls of its methods and of its class are sent back to the tester.
"""

import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from ..codec.nodes import Node, NodeReader
from ..codec.structure import instance_fields
from ..transport.json_text import Malformed

MAX_CHUNK = 256
"""Most items of an iterator that cross at once; the first ones cross alone."""
Callback = Callable[[int, str | None, Any, dict[str, Any]], Any]
"""Calls an object of the tester: its number, a method's name or None, arguments."""


class ArgumentProxies:
    """Proxies by number, always the same one for the same number."""

    def __init__(self, call_back: Callback) -> None:
        self._call_back = call_back
        self._proxies: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}

    def number(self, value: Any) -> int | None:
        """Return the number of a proxy; None for anything else."""
        return self._numbers.get(id(value))

    def build(self, node: Node, reader: NodeReader) -> Any:
        """Return the value of a node of the tester."""
        tag = node[0]
        if tag == "m":
            return sys.modules[node[1]]
        if tag == "g":
            found: Any = sys.modules[node[1]]
            for part in node[2].split("."):
                found = getattr(found, part)
            return found
        if tag == "fu":
            return self._keep(node[1], lambda: _function(self._call_back, node[1], node[2]))
        if tag == "it":
            return self._keep(node[1], lambda: _iterator(self._call_back, node[1]))
        if tag == "T":
            return self._keep(node[1], lambda: self._class(node, reader.items(node[5])))
        if tag == "re":
            return re.compile(reader.items(node[1])[0], node[2])
        if tag == "E":
            return self._keep(node[1], lambda: reader.items(node[2])[0](*reader.items(node[3])))
        raise Malformed(f"an unknown tag {tag!r}")

    def shell(self, node: Node) -> Any:
        """Return an object of the test whose class and fields come later."""
        return self._keep(node[1], _ProxyObject)

    def _keep(self, number: int, make: Callable[[], Any]) -> Any:
        if number not in self._proxies:
            self._proxies[number] = made = make()
            self._numbers[id(made)] = number
        return self._proxies[number]

    def _class(self, node: Node, raised: list[Any]) -> Any:
        number, name, methods, properties = node[1:5]
        held: dict[str, Any] = {method: self._method(method) for method in methods}
        held |= {each: property(self._method(each)) for each in properties}
        return _exception_class(name, raised, held) if raised else _proxy_class(self._call_back, number, name, held)

    def _method(self, name: str) -> Any:
        def method(proxy: Any, *args: Any, **kwargs: Any) -> Any:
            return self._call_back(self._numbers[id(proxy)], name, args, kwargs)

        method.__name__ = name
        return method


class _ProxyObject:
    """An object of the test: its fields are here, its methods are called at the tester."""


def fill(shell: Any, node: Node, reader: NodeReader) -> None:
    """Give an object of the test its fields, and at first its class."""
    if len(node) > 2:
        vars(object)["__class__"].__set__(shell, reader.value(node[2]))
    items, fields = reader.items(node[-1]), instance_fields(shell)
    fields.clear()
    fields.update(zip(items[::2], items[1::2], strict=True))


def _function(call_back: Callback, number: int, name: str) -> Any:
    def function(*args: Any, **kwargs: Any) -> Any:
        return call_back(number, None, args, kwargs)

    function.__name__ = function.__qualname__ = name
    return function


def _iterator(call_back: Callback, number: int) -> Iterator[Any]:
    count = 1
    while True:
        items, end = call_back(number, "more", (min(count, MAX_CHUNK),), {})
        yield from items
        if end:
            return
        count += 1


def _exception_class(name: str, bases: list[Any], held: dict[str, Any]) -> Any:
    """Return a class that the program may raise and catch; its objects are made here, of their arguments alone."""

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        self.args = args

    return type(name, tuple(bases), {"__init__": init} | held)


def _proxy_class(call_back: Callback, number: int, name: str, held: dict[str, Any]) -> Any:
    def make(cls: Any, *args: Any, **kwargs: Any) -> Any:
        return call_back(number, None, args, kwargs)

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        pass

    return type(name, (_ProxyObject,), {"__new__": make, "__init__": init} | held)
