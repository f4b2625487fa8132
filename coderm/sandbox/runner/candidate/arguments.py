"""Proxies, at the candidate, for arguments that the test passed: functions, iterators, classes and objects.

A proxy of an object holds its fields; calls of its methods and of its class are sent back to the tester.
"""

import functools
import inspect
import io
import sys
import types
from collections.abc import Callable
from typing import Any

from ..codec.exceptions import complete, made_of
from ..codec.functions import made_of_code
from ..codec.nodes import Node, NodeReader
from ..codec.references import named_for_candidate
from ..codec.structure import instance_fields
from ..constants import SOLUTION
from ..transport.json_text import Malformed

Callback = Callable[[int, str | None, Any, dict[str, Any]], Any]
"""Calls an object of the tester: its number, a method's name or None, arguments."""


class ArgumentProxies:
    """Proxies by number, always the same one for the same number."""

    def __init__(self, call_back: Callback) -> None:
        self.open = True
        """Whether the tester waits for an answer of this test, so that it may be called back."""
        self._tester = call_back
        self._proxies: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}

    def _call_back(self, number: int, name: str | None, args: Any, kwargs: dict[str, Any]) -> Any:
        """Call back, unless it is too late: a generator that is collected closes what it delegated to, whoever runs then."""
        if not self.open:
            raise RuntimeError("nobody waits for this call any more")
        return self._tester(number, name, args, kwargs)

    def number(self, value: Any) -> int | None:
        """Return the number of a proxy; None for anything else."""
        return self._numbers.get(id(value))

    def build(self, node: Node, reader: NodeReader) -> Any:
        """Return the value of a node of the tester."""
        tag = node[0]
        if tag == "m":
            return sys.modules[node[1]]
        if tag == "g":
            return named_for_candidate(node)
        if tag == "fc":
            return self._keep(node[1], lambda: made_of_code(node[2]))
        if tag == "fu":
            return self._keep(node[1], lambda: _function(self._call_back, node[1], node[2], *map(reader.items, node[3:])))
        if tag == "fi":
            return self._keep(node[1], lambda: (_TextFile if node[2] else _File)(functools.partial(self._call_back, node[1])))
        if tag == "it":
            kind = _GeneratorProxy if node[2] else _IteratorProxy
            return self._keep(node[1], lambda: kind(functools.partial(self._call_back, node[1])))
        if tag == "T":
            return self._keep(node[1], lambda: self._class(node, reader.items(node[5])))
        if tag == "E":
            return self._keep(node[1], lambda: _exception(*map(reader.items, node[2:])))
        raise Malformed(f"an unknown tag {tag!r}")

    def shell(self, node: Node) -> Any:
        """Return an object of the test whose class and fields come later."""
        return self._keep(node[1], lambda: object.__new__(_ProxyObject))

    def _keep(self, number: int, make: Callable[[], Any]) -> Any:
        if number not in self._proxies:
            self._proxies[number] = made = make()
            self._numbers[id(made)] = number
        return self._proxies[number]

    def _class(self, node: Node, bases: list[Any]) -> Any:
        number, name, methods, properties = node[1:5]
        held: dict[str, Any] = {method: self._method(method) for method in methods}
        held |= {each: property(self._access(each), self._access(each)) for each in properties}
        held["coderm_ask"] = lambda proxy, name: self._access(name)(proxy)
        held["coderm_call"] = functools.partial(self._call_back, number)
        if any(issubclass(base, BaseException) for base in bases):
            held["__getattr__"] = _ProxyObject.__getattr__
        return _ProxyType(name, tuple(bases) or (_ProxyObject,), held)

    def _access(self, name: str) -> Any:
        return lambda proxy, *value: self._call_back(self._numbers[id(proxy)], ".", (name, *value), {})

    def _method(self, name: str) -> Any:
        def method(proxy: Any, *args: Any, **kwargs: Any) -> Any:
            return self._call_back(self._numbers[id(proxy)], name, args, kwargs)

        method.__name__ = name
        return method


class _ProxyType(type):
    """Class of the proxies for classes of the test: objects are made there, and attributes of the class are read there."""

    coderm_call: Callable[..., Any]

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return cls.coderm_call(None, args, kwargs)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith(("__", "coderm_")):
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
        return cls.coderm_call(".", (name,), {})


class _ProxyObject(metaclass=_ProxyType):
    """An object of the test: its fields are here, its methods are called at the tester."""

    coderm_ask: Callable[..., Any]

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("__", "coderm_")):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return self.coderm_ask(name)


def fill(shell: Any, node: Node, reader: NodeReader) -> None:
    """Give an object of the test its fields, and at first its class."""
    if len(node) > 2:
        vars(object)["__class__"].__set__(shell, reader.value(node[2]))
    items, fields = reader.items(node[-1]), instance_fields(shell)
    fields.clear()
    fields.update(zip(items[::2], items[1::2], strict=True))


def _exception(kinds: list[Any], args: list[Any], fields: list[Any]) -> BaseException:
    error = made_of(kinds[0], args)
    complete(error, [], fields)
    return error


def _function(call_back: Callback, number: int, name: str, fields: list[Any], definition: list[Any]) -> Any:
    function: Any = lambda *args, **kwargs: call_back(number, None, args, kwargs)  # noqa: E731
    if definition:  # programs look at what a function takes
        parameters, documentation, hints = definition
        held = {"coderm_call": lambda given: function(*(bound := _bound(made, given)).args, **bound.kwargs)}
        exec(f"def function{parameters}: return coderm_call(locals())", held)
        made: Any = held["function"]
        made.__doc__, made.__annotations__ = documentation, dict(zip(hints[::2], hints[1::2], strict=True))
    else:
        made = function
    made.__name__ = made.__qualname__ = name
    made.__module__ = SOLUTION
    vars(made).update(zip(fields[::2], fields[1::2], strict=True))
    return made


def _bound(function: Any, given: dict[str, Any]) -> inspect.BoundArguments:
    return inspect.BoundArguments(inspect.signature(function, follow_wrapped=False), given)


class _File(io.IOBase):
    """An open file of the test."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def __getattribute__(self, name: str) -> Any:
        if name in ("closed", "mode", "name", "encoding", "errors", "newlines"):
            return object.__getattribute__(self, "_call")(".", (name,), {})
        return object.__getattribute__(self, name)

    def __del__(self) -> None:
        """The test's file stays open."""

    def _of_file(name: str) -> Any:  # type: ignore[misc]
        return lambda self, *args: self._call(name, args, {})

    close, flush, isatty, seek, tell, truncate = map(_of_file, ("close", "flush", "isatty", "seek", "tell", "truncate"))
    read, readline, readlines = map(_of_file, ("read", "readline", "readlines"))
    readable, seekable, writable, write = map(_of_file, ("readable", "seekable", "writable", "write"))

    def writelines(self, lines: Any) -> None:
        """See IOBase."""
        self._call("writelines", (list(lines),), {})


class _TextFile(_File, io.TextIOBase):
    """One of text."""


class _IteratorProxy:
    """An iterator of the test: read as far as the program reads."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        return self._call("__next__", (), {})


class _GeneratorProxy(_IteratorProxy):
    """A generator of the test."""

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return types.GeneratorType

    def _of_generator(name: str) -> Any:  # type: ignore[misc]
        return lambda self, *args: self._call(name, args, {})

    send, throw, close = map(_of_generator, ("send", "throw", "close"))
