"""The candidate's side of isolated grading: executes the program, then answers calls until the tester goes.

Runs in the process and under the uid of the candidate, so nothing here is trusted: whatever the program does to it, only its own
answers change. There is no test, no expected value and no verdict pipe in this process.
"""

import builtins
import contextlib
import itertools
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

from .examine import CACHES, PROGRAM_FILE, SOLUTION, STACK_MARGIN
from .guard import flush_output
from .limits import allow_report
from .link import Gone, Link
from .operations import OPERATIONS, SPECIALS
from .values import CHANGEABLE, WRITERS, Foreign, Malformed, Node, Reader, Unfit, Writer, is_shape, same_node

PROGRAM = 0
"""Number of the program's module among the exports."""
FRAMES = 12
"""Frames that shared grading has below a call of the candidate and this side has not: the recursion limit should bite alike."""
MAX_CHUNK = 256
"""Most items of an iterator that cross at once; the first ones cross alone."""
TRACE_LINES = 8
_ITERATORS = ("builtins", "itertools")
_METHODS = (types.FunctionType, staticmethod, classmethod)
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)
_BUILTIN_TYPES = {id(value) for value in vars(builtins).values() if isinstance(value, type)}


def serve(code: types.CodeType, fd: int, *, alone: bool) -> None:
    """Execute the program when asked to, and answer; returns when the tester has gone.

    Unless alone, the recursion limit is a little lower: a program that comes that near to it is judged alone.
    """
    if not alone:
        sys.setrecursionlimit(sys.getrecursionlimit() - STACK_MARGIN)
    with contextlib.suppress(Gone):
        server = Server(Link(fd), code)
        while True:
            server.serve_one()


class Server(Foreign):
    """Answers the tester."""

    def __init__(self, link: Link, code: types.CodeType) -> None:
        self._link = link
        self._code = code
        self._module: types.ModuleType
        self._exports: list[Any]
        self._numbers: dict[int, int]
        self._foreign: dict[int, Any]
        self._ours: dict[int, int]
        self._described: set[int]
        self._fresh: set[int]
        self._forget()

    def serve_one(self) -> None:
        """Wait for one question and answer it. Raises Gone."""
        self._serve(self._link.receive())

    def _serve(self, message: Any) -> None:
        kind = message[0]
        if kind == "c":
            self._call(*message[1:])
        elif kind == "n":
            self._names(message[1])
        elif kind == "z":
            self._begin(message[1])
        else:
            raise Gone

    def _forget(self) -> None:
        """Drop everything the tester held a number of, and what it gave."""
        self._module = types.ModuleType(SOLUTION)
        self._exports = [self._module]
        self._numbers = {id(self._module): PROGRAM}
        self._foreign, self._ours = {}, {}
        self._described, self._fresh = set(), set()

    def _begin(self, names: list[str]) -> None:
        """Execute the program, for the first test or anew for the next one, and send what it has under these names."""
        self._forget()
        sys.modules[SOLUTION] = self._module
        try:
            for forget in CACHES:
                forget()
            exec(self._code, self._module.__dict__)
            flush_output()
        except BaseException as error:  # noqa: BLE001 - whatever the program raises is its outcome
            self._raised(error, [], [])
        else:
            self._names(names)

    def _names(self, names: list[str]) -> None:
        """Send what the program has under these names."""
        writer, found = Writer(self), []
        held = vars(self._module)
        for name in held if names == ["*"] else names:
            if name in held:
                with contextlib.suppress(Unfit):
                    found.append([name, None if names == ["*"] else writer.value(held[name])])
        self._send(["r", found, [], writer.nodes])

    def _send(self, message: list[Any]) -> None:
        """Send; the tester then knows the classes described in the message."""
        self._link.send(message)
        self._described |= self._fresh
        self._fresh.clear()

    def _call(self, target: Any, name: str | None, args: list[Any], kwargs: list[Any], nodes: list[Node]) -> None:
        known: list[Any] = []
        try:
            reader = Reader(nodes, self)
            known = reader.objects
            writer = Writer(self, known)
            values = reader.items(args)
            named = dict(zip(kwargs[::2], reader.items(kwargs[1::2]), strict=True))
            written = writer.value(self._do(target, name, values, named))
        except BaseException as error:  # noqa: BLE001 - whatever the program raises is its outcome
            self._raised(error, known, nodes if known else [])
            return
        try:
            flush_output()
            self._send(["r", written, self._changes(writer, nodes), writer.nodes])
        except (Unfit, MemoryError) as error:
            self._raised(error, [], [])

    def _do(self, target: Any, name: str | None, values: list[Any], named: dict[str, Any]) -> Any:
        if type(target) is str:
            if target == "data":
                return _Data(values[0])
            if target == "more":
                return _more(self._exports[values[0]], *values[1:])
            return OPERATIONS[target](*values)
        function = self._exports[target]
        if name is not None:
            function = getattr(function, name)
        value = _deeper(FRAMES, function, values, named)
        return _Kept(value) if isinstance(function, type) and name is None else value

    def _changes(self, writer: Writer, nodes: list[Node]) -> list[Any]:
        """Return [number, node] of every argument that the call has changed."""
        changes = []
        for number, node in enumerate(nodes):
            if node[0] in CHANGEABLE:
                now = self._fields(writer, writer.objects[number], node) if node[0] == "o" else writer.again(number)
                if not same_node(now, node):
                    changes.append([number, now])
        return changes

    def _fields(self, writer: Writer, stand_in: Any, node: Node) -> Node:
        pairs = itertools.chain.from_iterable(vars(stand_in).items())
        return ["o", node[1], node[2], [writer.value(item) for item in pairs]]

    def _raised(self, error: BaseException, known: list[Any], nodes: list[Node]) -> None:
        if isinstance(error, Gone):
            raise error
        if isinstance(error, MemoryError):
            with contextlib.suppress(ValueError, OSError):
                allow_report()
        flush_output()
        lines = _lines(error)
        error.__traceback__ = None
        self._fresh.clear()
        try:
            writer = Writer(self, known)
            written = writer.value(error)
            self._send(["e", written, self._changes(writer, nodes), writer.nodes, lines])
        except (Unfit, MemoryError, RecursionError, AttributeError, TypeError, ValueError):
            self._fresh.clear()
            writer = Writer(self)
            kind = MemoryError if isinstance(error, MemoryError) else RuntimeError
            self._send(["e", writer.value(kind(f"{type(error).__name__}: {_text(error)[:1000]}")), [], writer.nodes, lines])

    def back(self, number: int, name: str | None, args: Any, kwargs: dict[str, Any]) -> Any:
        """Call something of the tester, and serve what it asks for meanwhile."""
        writer = Writer(self)
        values = writer.items(args)
        named = list(itertools.chain.from_iterable((key, writer.value(value)) for key, value in kwargs.items()))
        self._send(["b", number, name, values, named, writer.nodes])
        while True:
            message = self._link.receive()
            if message[0] == "r":
                return Reader(message[2], self).value(message[1])
            if message[0] == "e":
                raise Reader(message[2], self).value(message[1])
            self._serve(message)

    def write(self, writer: Writer, value: Any) -> Node:
        """See Foreign."""
        if isinstance(value, _Data):
            return value.write(writer)
        if isinstance(value, _Kept):
            return value.node(self, writer)
        if isinstance(value, _Content):
            return WRITERS[value.base](writer, value.value)
        if id(value) in self._ours:
            return ["F", self._ours[id(value)]]
        kind = type(value)
        if isinstance(value, types.ModuleType):
            return ["h", PROGRAM, []] if value is self._module else ["m", value.__name__]
        if isinstance(value, type):
            return self._class(writer, value)
        if isinstance(value, BaseException):
            return ["e", self._number(value), [writer.value(kind)], writer.items(_args(value)), _text(value)]
        if kind.__module__ in _ITERATORS and hasattr(kind, "__next__"):
            return ["it", self._number(value), kind is types.GeneratorType]
        if isinstance(value, _FUNCTIONS) and not getattr(value, "__dict__", None):
            return ["fn", self._number(value), str(getattr(value, "__name__", ""))]
        return ["h", self._number(value), [writer.value(kind)]]

    def _number(self, value: Any) -> int:
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._exports)
            self._exports.append(value)
        return number

    def _class(self, writer: Writer, kind: type) -> Node:
        if id(kind) in _BUILTIN_TYPES or (issubclass(kind, Exception) and _is_library(kind.__module__)):
            return ["g", kind.__module__, kind.__qualname__]
        number = self._number(kind)
        if number in self._described:
            return ["k", number]
        self._fresh.add(number)
        if is_shape(kind) and not kind._field_defaults:  # type: ignore[attr-defined]
            return ["k", number, kind.__name__, "namedtuple", [str(name) for name in kind._fields]]  # type: ignore[attr-defined]
        enum = sys.modules.get("enum")
        shape = "enum" if enum and issubclass(kind, enum.Enum) else "class"
        bases = [
            writer.value(base) for base in kind.__bases__ if base is not object and (base.__module__ == SOLUTION or _raises(base))
        ]
        own = [base for base in kind.__mro__ if base.__module__ not in ("builtins", "enum")]
        methods = sorted(
            {name for base in own for name, value in vars(base).items() if isinstance(value, _METHODS) and name[:2] != "__"}
        )
        specials = [name for name in SPECIALS if _has(kind, name)]
        flags = [_compares(kind), kind.__hash__ is not None, _content(kind) is not None]
        return ["k", number, kind.__name__, shape, bases, methods, specials, flags]

    def build(self, node: Node, reader: Reader) -> Any:
        """See Foreign."""
        tag = node[0]
        if tag == "h":
            return self._exports[node[1]]
        if tag == "m":
            return sys.modules[node[1]]
        if tag == "g":
            found: Any = sys.modules[node[1]]
            for part in node[2].split("."):
                found = getattr(found, part)
            return found
        if tag == "fu":
            return self._keep(node[1], lambda: _function(self, node[1], node[2]))
        if tag == "it":
            return self._keep(node[1], lambda: _iterator(self, node[1]))
        if tag == "T":
            return self._keep(node[1], lambda: _stand_in_class(self, *node[1:]))
        if tag == "E":
            return self._keep(node[1], lambda: getattr(builtins, node[2])(*reader.items(node[3])))
        raise Malformed(f"an unknown tag {tag!r}")

    def _keep(self, number: int, make: Callable[[], Any]) -> Any:
        """Return the stand-in for something of the tester, always the same one."""
        if number not in self._foreign:
            self._foreign[number] = made = make()
            self._ours[id(made)] = number
        return self._foreign[number]

    def shell(self, node: Node) -> Any:
        """See Foreign."""
        return self._keep(node[1], _StandIn)

    def fill(self, shell: Any, node: Node, reader: Reader) -> None:
        """See Foreign."""
        shell.__class__ = reader.value(node[2])
        items = reader.items(node[3])
        vars(shell).clear()
        vars(shell).update(zip(items[::2], items[1::2], strict=True))


class _StandIn:
    """An object of the test: its fields are here, its methods are called there."""


class _Kept:
    """What a class was called for: crosses as the object it is, also where its class derives from a builtin."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def node(self, server: Server, writer: Writer) -> Node:
        kind = type(self._value)
        plain = kind in WRITERS or kind.__module__ == "builtins" or is_shape(kind) or isinstance(self._value, BaseException)
        if plain:
            return ["p", [writer.value(self._value)]]
        return ["h", server._number(self._value), [writer.value(kind)]]


class _Data:
    """An object as data: its class, its fields, and its content if it is a builtin's subclass; objects in fields alike."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def write(self, writer: Writer) -> Node:
        value, kind = self._value, type(self._value)
        fields: dict[Any, Any] = dict(OPERATIONS["fields"](value))
        declared = getattr(kind, "__dataclass_fields__", None)
        if declared is not None:
            fields = {name: fields.get(name) for name, field in declared.items() if field.compare}
        pairs = [(name, _as_data(part)) for name, part in fields.items()]
        base = _content(kind)
        if base is not None:
            pairs.append(("", _Content(base, value)))
        return ["R", writer.value(kind), [writer.value(item) for item in itertools.chain.from_iterable(pairs)]]


class _Content:
    """What an object of a builtin's subclass holds."""

    def __init__(self, base: type, value: Any) -> None:
        self.base, self.value = base, value


def _as_data(value: Any) -> Any:
    """Return a field for comparison: plain containers are walked, objects with an equality of their own become data."""
    kind = type(value)
    if kind in (list, tuple, set, frozenset):
        return kind(map(_as_data, value)) if kind in (list, tuple) else value
    if kind is dict:
        return {key: _as_data(part) for key, part in value.items()}
    if kind.__module__ == SOLUTION and _compares(kind):
        return _Data(value)
    return value


def _content(kind: type) -> type | None:
    for base in kind.__mro__:
        if base in WRITERS and base.__module__ in ("builtins", "collections"):
            return base
    return None


def _compares(kind: Any) -> bool:
    """Whether objects of a class are equal by more than identity."""
    return kind.__eq__ is not object.__eq__


def _is_library(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def _has(kind: type, name: str) -> bool:
    """Whether a class has a special method; None in its place takes it away."""
    return next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None) is not None


def _raises(kind: type) -> bool:
    return issubclass(kind, BaseException)


def _args(error: BaseException) -> tuple[Any, ...]:
    args = BaseException.args.__get__(error)  # type: ignore[attr-defined]
    return tuple(args)


def _text(error: BaseException) -> str:
    try:
        return str.__str__(str(error))[:100_000]
    except BaseException as hostile:  # noqa: BLE001 - the candidate's own __str__
        return f"<unprintable: {type(hostile).__name__}>"


def _lines(error: BaseException) -> list[str]:
    """Return where in the program an exception rose."""
    lines, trace = [], error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == PROGRAM_FILE:
            lines.append(f"  {PROGRAM_FILE}:{trace.tb_lineno} in {code.co_name}")
            del lines[:-TRACE_LINES]
        trace = trace.tb_next
    return lines


def _deeper(frames: int, function: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
    return _deeper(frames - 1, function, args, kwargs) if frames else function(*args, **kwargs)


def _more(iterator: Any, count: int, sent: Any) -> list[Any]:
    """Return up to `count` items, whether that was all or an exception ended it, and what a generator returned."""
    items: list[Any] = []
    try:
        if sent is not None:
            items.append(iterator.send(sent))
        while len(items) < count:
            items.append(next(iterator))
    except StopIteration as stop:
        return [items, True, stop.value]
    except BaseException as error:
        if not items:
            raise
        return [items, error, None]
    return [items, False, None]


def _function(server: Server, number: int, name: str) -> Any:
    def function(*args: Any, **kwargs: Any) -> Any:
        return server.back(number, None, args, kwargs)

    function.__name__ = function.__qualname__ = name
    return function


def _iterator(server: Server, number: int) -> Iterator[Any]:
    count = 1
    while True:
        items, end = server.back(number, "more", (min(count, MAX_CHUNK),), {})
        yield from items
        if end:
            return
        count += 1


def _stand_in_class(server: Server, number: int, name: str, methods: list[str]) -> Any:
    class Made(_StandIn):
        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            return server.back(number, None, args, kwargs)

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            pass

    for method in methods:
        setattr(Made, method, _method(server, method))
    Made.__name__ = Made.__qualname__ = name
    return Made


def _method(server: Server, name: str) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return server.back(server._ours[id(self)], name, args, kwargs)

    method.__name__ = name
    return method
