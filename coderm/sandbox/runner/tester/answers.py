"""Reads answers of the candidate: builds stand-ins for its classes, objects, functions, iterators and exceptions, by number.

Nothing in a node makes this side run code: classes are made of names and flags, exceptions of classes known here.
"""

import collections
import types
from collections.abc import Generator
from typing import Any

from ..codec.exceptions import complete, made_of
from ..codec.kinds import MUTABLE, SHELLS
from ..codec.namedtuples import namedtuple
from ..codec.nodes import Node, NodeReader
from ..codec.references import named_for_tester
from ..constants import MAX_CHUNK
from ..standins.build import make_class, several_lines
from ..standins.content import make_content
from ..standins.metaclass import StandInType, function_stub
from ..standins.objects import ExceptionStandIn, StandIn, make_exception, make_stand_in
from ..standins.protocol import Conversation
from ..transport.json_text import Malformed
from .program_names import harmless_module


class AnswerReader:
    """Builds stand-ins by number, always the same one for the same number."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._stand_ins: dict[int, Any] = {}
        self.reading_result = True
        """True while reading the result of a call. What a call of a class of the program gives counts as made by the test."""
        self.reading_names = False
        """True while reading the program's names."""

    def is_class(self, number: int | str) -> bool:
        """Whether a class stands under a number."""
        return isinstance(self._stand_ins.get(number), StandInType)  # type: ignore[arg-type]

    def build(self, node: Node, reader: NodeReader) -> Any:
        """Return the value of a node of the candidate. Raises Malformed."""
        tag = node[0]
        if tag == "p":
            return reader.items(node[1])[0]
        if tag == "g":
            return named_for_tester(node)
        if tag == "m":
            return harmless_module(node[1])
        if tag not in ("h", "k", "e", "it", "fn") or type(node[1]) is not int:
            raise Malformed("an unknown kind of node")
        number = node[1]
        made = self._stand_ins.get(number)
        if made is None:
            made = self._make(tag, number, node, reader)
        if tag != "it" and not _is_linked(made):
            self._stand_ins[number] = made
        if self.reading_result and isinstance(made, StandIn):
            object.__setattr__(made, "coderm_answered", True)
        if self.reading_result and not self.reading_names and isinstance(made, StandInType):
            type.__setattr__(made, "coderm_returned", True)
        return made

    def _make(self, tag: str, number: int, node: Node, reader: NodeReader) -> Any:
        if tag == "it":
            return _read_ahead(self._conversation, number)
        if tag == "fn":
            return function_stub(self._conversation, number, str(node[2]))
        if tag == "k":
            return self._class(number, node, reader)
        kinds = reader.items(node[2])
        kind = kinds[0] if kinds else None
        if tag == "e":
            error = self._exception(number, kind, reader.items(node[3]), str(node[4]))
            complete(error, reader.items(node[5]), reader.items(node[6]))
            return error
        if not isinstance(kind, StandInType):
            if isinstance(kind, type) and kind is not object:  # what it answers for itself would be lost
                self._conversation.refused(TypeError(f"a {kind.__name__} of the program"))
            kind = make_class(self._conversation, -1, "object", bases=[], methods=(), specials=(), flags=(False, True, False, ()))
        if kind.coderm_base is None:
            return make_stand_in(kind, number)
        return make_content(kind, number, *([SHELLS[node[3]](node[3:])] if type(node[3]) is str else reader.items(node[3])))

    def _class(self, number: int, node: Node, reader: NodeReader) -> Any:
        if node[3] == "namedtuple":
            return namedtuple(node[2], node[4])
        _, _, name, _, bases, methods, specials, flags, content = node
        if not str(name).isidentifier() or len(flags) != 4:
            raise Malformed("no class")
        described = {"bases": reader.items(bases), "methods": methods, "specials": specials, "flags": flags, "content": content}
        return make_class(self._conversation, number, name, **described)

    def _exception(self, number: int, kind: Any, args: list[Any], text: str) -> BaseException:
        if isinstance(kind, StandInType) and issubclass(kind, ExceptionStandIn) and issubclass(kind, BaseException):
            return make_exception(kind, number, args, text)
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            raise Malformed("no exception class")
        if several_lines([kind]):
            self._conversation.doubt(f"a {kind.__name__!r} is caught as exceptions of several kinds")
        return made_of(kind, args)


def iterator_number(value: Any) -> int | None:
    """Return the number of an iterator of the candidate of which nothing is read ahead; None for anything else."""
    if type(value) is not types.GeneratorType or value.gi_code is not _read_ahead.__code__ or value.gi_frame is None:
        return None
    held = value.gi_frame.f_locals
    return None if held.get("unread") else int(held["number"])


def _is_linked(value: Any) -> bool:
    """Whether an object with mutable content is known by its link, as long as the test has it."""
    return isinstance(value, StandIn) and type(value).coderm_base in MUTABLE


def _read_ahead(conversation: Conversation, number: int) -> Generator[Any, Any, Any]:
    """An iterator of the candidate: the first items come alone, later ones together."""
    count, sent = 1, None
    while True:
        found, end, value = conversation.ask("more", None, (number, min(count, MAX_CHUNK), sent), {})
        unread = collections.deque(found)
        while unread:
            sent = yield unread.popleft()
        if isinstance(end, BaseException):
            raise end
        if end:
            return value
        count = 1 if conversation.one_by_one else count * 2
