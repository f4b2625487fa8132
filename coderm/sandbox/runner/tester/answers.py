"""What the candidate answered with: stand-ins for its classes, objects, functions, iterators and exceptions, by number.

Nothing in a node makes this side run code: classes are made of names and flags, exceptions of classes known here.
"""

import sys
import unittest
from collections.abc import Generator
from typing import Any

from ..codec.exceptions import complete
from ..codec.namedtuples import namedtuple
from ..codec.nodes import Node, Reads
from ..standins.build import make_class
from ..standins.metaclass import Kind, function
from ..standins.objects import Handle, Raised, make_handle, make_raised
from ..standins.protocol import Asks
from ..transport.json_text import Malformed
from .callbacks import MAX_CHUNK
from .program_names import lent_module


class Found:
    """Stand-ins by number, always the same one for the same thing."""

    def __init__(self, asks: Asks) -> None:
        self._asks = asks
        self._made: dict[int, Any] = {}
        self.answered = True
        """Whether what is read now was answered by a call; the test made what a class that it called gives."""
        self.named = False
        """Whether what is read now are the program's names."""

    def is_class(self, number: int | str) -> bool:
        """Whether a class stands under a number."""
        return isinstance(self._made.get(number), Kind)  # type: ignore[arg-type]

    def build(self, node: Node, reader: Reads) -> Any:
        """Return what a node of the candidate stands for. Raises Malformed."""
        tag = node[0]
        if tag == "p":
            return reader.items(node[1])[0]
        if tag == "g":
            return _given_type(node[1], node[2])
        if tag == "m":
            return lent_module(node[1])
        if tag not in ("h", "k", "e", "it", "fn") or type(node[1]) is not int:
            raise Malformed("an unknown kind of node")
        number = node[1]
        made = self._made[number] if number in self._made else self._make(tag, number, node, reader)
        if tag != "it":
            self._made[number] = made
        if self.answered and isinstance(made, Handle):
            object.__setattr__(made, "coderm_answered", True)
        if self.answered and not self.named and isinstance(made, Kind):
            type.__setattr__(made, "coderm_returned", True)
        return made

    def _make(self, tag: str, number: int, node: Node, reader: Reads) -> Any:
        if tag == "it":
            return _read_ahead(self._asks, number)
        if tag == "fn":
            return function(self._asks, number, str(node[2]))
        if tag == "k":
            return self._class(number, node, reader)
        kinds = reader.items(node[2])
        kind = kinds[0] if kinds else None
        if tag == "e":
            error = self._exception(number, kind, reader.items(node[3]), str(node[4]))
            complete(error, reader.items(node[5]), node[6])
            return error
        if not isinstance(kind, Kind):
            kind = make_class(self._asks, -1, "object", enum=False, bases=[], methods=(), specials=(), flags=(False, True, False))
        return make_handle(kind, number)

    def _class(self, number: int, node: Node, reader: Reads) -> Any:
        if node[3] == "namedtuple":
            return namedtuple(node[2], node[4])
        _, _, name, shape, bases, methods, specials, flags = node
        if not str(name).isidentifier() or len(flags) != 3:
            raise Malformed("no class")
        bases = reader.items(bases)
        return make_class(
            self._asks, number, name, enum=shape == "enum", bases=bases, methods=methods, specials=specials, flags=flags
        )

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


def _read_ahead(asks: Asks, number: int) -> Generator[Any, Any, Any]:
    """An iterator of the candidate: the first items come alone, later ones together."""
    count, sent = 1, None
    while True:
        items, end, value = asks.ask("more", None, (number, min(count, MAX_CHUNK), sent), {})
        for item in items:
            sent = yield item
        if isinstance(end, BaseException):
            raise end
        if end:
            return value
        count = 1 if asks.one_by_one else count * 2


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
