"""The tester's side of the conversation with the candidate.

Answers are data (`values`) and numbers of what stays over there (`proxies`). Of this process the candidate may call what the test
passed to it, and nothing else.
"""

import itertools
import sys
import types
import unittest
from collections.abc import Generator, Iterator
from typing import Any

from .link import Gone, Link
from .names import lent_module
from .proxies import Handle, Kind, Raised, function, make_class, make_handle, make_raised
from .values import BROKEN, Foreign, Malformed, Node, Reader, Unfit, Writer, _namedtuple

MAX_DEPTH = 40
"""Most calls back and forth inside each other."""
MAX_CHUNK = 256
SHARED_CODE = ("builtins", "math", "operator", "string", "functools", "itertools", "collections")
"""Modules whose functions and classes, passed as arguments, are taken from the candidate's own copy."""
_PLAIN_METHODS = (types.BuiltinFunctionType, type(str.upper), type(int.__add__), type(len))
_ITERATORS = ("builtins", "itertools")


class Ended(BaseException):
    """The candidate has gone or broke the protocol; no test may catch that and pass."""


class Remote(Foreign):
    """Asks the candidate. `gone` and `tampered` say why nothing more will come."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._depth = 0
        self.gone = False
        self.exhausted = False
        """Whether the program has run out of memory or stack."""
        self.tampered = ""
        self.stop_allowed = True
        """Whether StopIteration may leave a call."""
        self.one_by_one = False
        """Whether iterators are read ahead no further than asked for."""
        self._found: dict[int, Any] = {}
        self._given: list[Any] = []
        self._given_numbers: dict[int, int] = {}

    def begin(self, names: list[str]) -> dict[str, Any]:
        """Have the program executed for a new test; return what it has under these names. Raises what it raised."""
        self._found, self._given, self._given_numbers = {}, [], {}
        self._send(["z", names])
        return self._names(names)

    def names(self, names: list[str]) -> dict[str, Any]:
        """Return what the program has under these names; ["*"] asks for all names, without values."""
        self._send(["n", names])
        return self._names(names)

    def _names(self, asked: list[str]) -> dict[str, Any]:
        answer = self._answer()
        if answer[0] == "e":
            self._value(answer, [], stops=False)
        try:
            reader = Reader(answer[3], self)
            found = {name: reader.value(value) for name, value in answer[1] if name in asked or asked == ["*"]}
        except (Malformed, *BROKEN) as error:
            raise self._broken(error) from None
        for name, value in found.items():
            if isinstance(value, Kind) and name[:1].isupper():  # a class under a function's name is no class that is tested
                type.__setattr__(value, "coderm_tested", True)
        return found

    def ask(self, target: int | str, name: str | None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """See proxies.Asks."""
        writer = Writer(self)
        values = writer.items(args)
        named = [part for key, value in kwargs.items() for part in (key, writer.value(value))] if kwargs else []
        self._send(["c", target, name, values, named, writer.nodes])
        return self._value(self._answer(), writer.objects, stops=type(target) is str or self.stop_allowed)

    def _value(self, answer: list[Any], known: list[Any], *, stops: bool) -> Any:
        """Return what an answer holds, or raise it; what the call changed in the test's own objects is changed first.

        Without `stops`, StopIteration may not leave the call: it would end a loop of the test's, and with it what that checks.
        """
        try:
            reader = Reader(answer[3], self, known)
            value = reader.value(answer[1])
            for number, node in answer[2]:
                if type(number) is not int or not 0 <= number < len(known):
                    raise Malformed("a change of nothing")
                reader.change(known[number], node)
            if answer[0] == "r":
                return value
            lines = [str(line)[:200] for line in answer[4]]
        except (Malformed, *BROKEN) as error:
            raise self._broken(error) from None
        if not isinstance(value, BaseException):
            raise self._broken(Malformed("raised what is no exception"))
        self.exhausted = self.exhausted or isinstance(value, MemoryError | RecursionError)
        value.coderm_lines = lines  # type: ignore[attr-defined]
        if isinstance(value, (StopIteration, StopAsyncIteration)) and not stops:
            raise RuntimeError(f"the program raised {type(value).__name__}")
        raise value

    def _answer(self) -> list[Any]:
        """Wait for an answer, and serve calls back meanwhile."""
        while True:
            try:
                message = self._link.receive()
            except Gone:
                self.gone = True
                raise Ended("the program's process has ended") from None
            except Malformed as error:
                raise self._broken(error) from None
            kind = message[0] if type(message) is list and message else None
            if kind in ("r", "e") and len(message) == 4 + (kind == "e"):
                return list(message)
            if kind != "b" or len(message) != 6:
                raise self._broken(Malformed("neither answer nor call"))
            self._serve(*message[1:])

    def _serve(self, number: Any, name: Any, args: Any, kwargs: Any, nodes: Any) -> None:
        """Let the candidate call what the test passed to it."""
        try:
            reader = Reader(nodes, self)
            values = reader.items(args)
            named = dict(zip(kwargs[::2], reader.items(kwargs[1::2]), strict=True))
            if type(number) is not int or not 0 <= number < len(self._given):
                raise Malformed("a call of nothing")
            target = self._given[number]
        except (Malformed, *BROKEN) as error:
            raise self._broken(error) from None
        self._depth += 1
        try:
            result = self._run(target, name, values, named)
            writer = Writer(self)
            reply = ["r", writer.value(result), writer.nodes]
        except Exception as error:  # noqa: BLE001 - whatever the test's own function raises goes to its caller
            writer = Writer(self)
            reply = ["e", writer.value(error), writer.nodes]
        finally:
            self._depth -= 1
        self._send(reply)

    def _run(self, target: Any, name: Any, values: list[Any], named: dict[str, Any]) -> Any:
        if self._depth > MAX_DEPTH:
            raise RecursionError("too many calls inside each other")
        if name is None:
            if isinstance(target, _Given):
                raise TypeError("not callable")
            return target(*values, **named)
        if isinstance(target, _Chunks) and name == "more":
            return target.more(*values)
        owner = target.value if isinstance(target, _Given) else None
        if type(name) is not str or name not in _methods(type(owner)):
            raise AttributeError(f"no method {name!r}")
        return getattr(owner, name)(*values, **named)

    def _send(self, message: Any) -> None:
        if self.gone or self.tampered:
            raise Ended("the program's process has ended")
        try:
            self._link.send(message)
        except Gone:
            self.gone = True
            raise Ended("the program's process has ended") from None

    def _broken(self, error: Exception) -> Ended:
        self.tampered = f"{type(error).__name__}: {str(error)[:200]}"
        return Ended("the program broke the protocol")

    def write(self, writer: Writer, value: Any) -> Node:
        """See Foreign."""
        number = _number(value)
        if number is not None:
            return ["h", number]
        if isinstance(value, unittest.TestCase):
            raise Unfit("a test case cannot be passed to the program")
        if isinstance(value, types.ModuleType):
            return ["m", value.__name__]
        if _is_shared_code(value):
            return ["g", value.__module__, value.__qualname__] if isinstance(value, type) else _code_node(value)
        if isinstance(value, type):
            return ["T", self._give(value), value.__name__, sorted(_methods(value))]
        if isinstance(value, BaseException):
            base = next(base for base in type(value).__mro__ if base.__module__ == "builtins")
            return ["E", self._give(_Given(value), value), base.__name__, writer.items(value.args)]
        if type(value).__module__ in _ITERATORS and hasattr(type(value), "__next__"):
            return ["it", self._give(_Chunks(value), value)]
        if isinstance(value, (types.FunctionType, types.MethodType)) or not hasattr(value, "__dict__"):
            if not callable(value):
                raise Unfit(f"a value of type {type(value).__name__} cannot cross")
            return ["fu", self._give(value), str(getattr(value, "__name__", "function"))]
        if type(value).__module__ in sys.stdlib_module_names:
            if callable(value):
                return ["fu", self._give(value), type(value).__name__]
            raise Unfit(f"a value of type {type(value).__name__} cannot cross")
        pairs = itertools.chain.from_iterable(vars(value).items())
        return ["o", self._give(_Given(value), value), writer.value(type(value)), [writer.value(item) for item in pairs]]

    def _give(self, target: Any, value: Any = None) -> int:
        """Number something the candidate may call; `value` is what it stands for."""
        value = target if value is None else value
        number = self._given_numbers.get(id(value))
        if number is None:
            number = self._given_numbers[id(value)] = len(self._given)
            self._given.append(target)
        return number

    def build(self, node: Node, reader: Reader) -> Any:
        """See Foreign."""
        tag = node[0]
        if tag == "p":
            return reader.items(node[1])[0]
        if tag == "g":
            return _given_type(node[1], node[2])
        if tag == "m":
            return lent_module(node[1])
        if tag == "F":
            return self._taken(node[1])
        if tag not in ("h", "k", "e", "it", "fn") or type(node[1]) is not int:
            raise Malformed("an unknown kind of node")
        number = node[1]
        if number in self._found:
            return self._found[number]
        made = self._made(tag, number, node, reader)
        if tag != "it":
            self._found[number] = made
        return made

    def _made(self, tag: str, number: int, node: Node, reader: Reader) -> Any:
        if tag == "it":
            return _read_ahead(self, number)
        if tag == "fn":
            return function(self, number, str(node[2]))
        if tag == "k":
            return self._class(number, node, reader)
        kinds = reader.items(node[2])
        kind = kinds[0] if kinds else None
        if tag == "e":
            return self._exception(number, kind, reader.items(node[3]), str(node[4]))
        if not isinstance(kind, Kind):
            kind = make_class(self, -1, "object", enum=False, bases=[], methods=(), specials=(), flags=(False, True, False))
        return make_handle(kind, number)

    def _class(self, number: int, node: Node, reader: Reader) -> Any:
        if node[3] == "namedtuple":
            return _namedtuple(node[2], node[4])
        _, _, name, shape, bases, methods, specials, flags = node
        if not str(name).isidentifier() or len(flags) != 3:
            raise Malformed("no class")
        bases = reader.items(bases)
        return make_class(self, number, name, enum=shape == "enum", bases=bases, methods=methods, specials=specials, flags=flags)

    def _exception(self, number: int, kind: Any, args: list[Any], text: str) -> BaseException:
        if isinstance(kind, Kind) and issubclass(kind, Raised) and issubclass(kind, BaseException):
            return make_raised(kind, number, args, text)
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            raise Malformed("no exception class")
        error: BaseException
        try:
            error = kind(*args) if kind.__module__ == "builtins" else kind.__new__(kind, *args)
        except (TypeError, ValueError):
            error = kind.__new__(kind)
        error.args = tuple(args)
        return error

    def _taken(self, number: Any) -> Any:
        if type(number) is not int or not 0 <= number < len(self._given):
            raise Malformed("a reference to nothing of the test")
        given = self._given[number]
        return given.value if isinstance(given, (_Given, _Chunks)) else given

    def fill(self, shell: Any, node: Node, reader: Reader) -> None:
        """Give an object of the test the fields that the candidate left it with."""
        items = reader.items(node[3])
        if any(type(name) is not str for name in items[::2]) or isinstance(shell, (type, Handle)):
            raise Malformed("no fields")
        vars(shell).clear()
        vars(shell).update(zip(items[::2], items[1::2], strict=True))


class _Given:
    """An object of the test whose methods the candidate may call."""

    def __init__(self, value: Any) -> None:
        self.value = value


class _Chunks:
    """An iterator of the test, read in growing portions."""

    def __init__(self, value: Iterator[Any]) -> None:
        self.value = value

    def more(self, count: Any) -> list[Any]:
        """Return some items and whether that was all."""
        items = list(itertools.islice(self.value, min(int(count), MAX_CHUNK)))
        return [items, len(items) < int(count)]


def _read_ahead(remote: Remote, number: int) -> Generator[Any, Any, Any]:
    """An iterator of the candidate: the first items come alone, later ones together."""
    count, sent = 1, None
    while True:
        items, end, value = remote.ask("more", None, (number, min(count, MAX_CHUNK), sent), {})
        for item in items:
            sent = yield item
        if isinstance(end, BaseException):
            raise end
        if end:
            return value
        count = 1 if remote.one_by_one else count * 2


def _number(value: Any) -> int | None:
    """Return the number of what stands for something of the candidate."""
    if isinstance(value, Kind):
        return value.coderm_number
    if isinstance(type(value), Kind):
        return int(value.coderm_handle)
    if type(value) is types.FunctionType:
        return getattr(value, "coderm_handle", None)
    return getattr(value, "coderm_program", None) if isinstance(value, types.ModuleType) else None


def _methods(kind: type) -> set[str]:
    """Names of the methods that a class of the test defines."""
    own = [base for base in kind.__mro__ if base is not object and base.__module__ not in sys.stdlib_module_names]
    private = ("__init__", "__new__", "__del__", "__getattribute__", "__setattr__", "__init_subclass__", "__class_getitem__")
    return {name for base in own for name, value in vars(base).items() if isinstance(value, types.FunctionType)} - set(private)


def _is_shared_code(value: Any) -> bool:
    if isinstance(value, type):
        return (value.__module__ in SHARED_CODE and not issubclass(value, BaseException)) or _is_builtin_exception(value)
    return isinstance(value, _PLAIN_METHODS) and _code_node(value) != []


def _is_builtin_exception(value: type) -> bool:
    return value.__module__ == "builtins" and issubclass(value, BaseException)


def _code_node(value: Any) -> Node:
    """Return how a builtin function is named; empty when it has no name, such as a method bound to a value."""
    owner = getattr(value, "__self__", None)
    if isinstance(owner, types.ModuleType) or (owner is None and getattr(value, "__module__", None)):
        name = owner.__name__ if owner else value.__module__
        return ["g", name, value.__qualname__] if name in SHARED_CODE or name == "_operator" else []
    kind = getattr(value, "__objclass__", None)
    return ["g", "builtins", value.__qualname__] if kind is not None and kind.__module__ == "builtins" else []


def _given_type(module: Any, name: Any) -> Any:
    """Return a builtin class, or an exception class of the standard library; nothing that could run code."""
    known = type(module) is str and module.partition(".")[0] in sys.stdlib_module_names and module in sys.modules
    found: Any = vars(sys.modules[module]).get(name) if known else None
    if module == "builtins" and isinstance(found, type):
        return found
    if (
        isinstance(found, type)
        and issubclass(found, Exception)
        and (not module.startswith("unittest") or found is unittest.SkipTest)
    ):
        return found
    return Exception
