"""The tester's side of the conversation with the candidate.

Answers are data (`codec.reader`) and numbers of what stays over there (`answers`). Of this process the candidate may call what
the test passed to it (`callbacks`), and nothing else.
"""

import gc
import types
from typing import Any

from ..codec.kinds import fields
from ..codec.links import Links
from ..codec.nodes import BROKEN, Node, NodeReader, NodeWriter, ObjectCodec
from ..codec.operations import CHANGING
from ..codec.reader import Reader
from ..codec.structure import set_fields, slots_of
from ..codec.writer import Writer
from ..standins.metaclass import StandInType
from ..standins.objects import StandIn
from ..standins.protocol import CandidateGone
from ..standins.table import Origin
from ..standins.value_methods import VALUE_METHODS, value_method
from ..transport.json_text import Malformed, NotSerializable
from ..transport.link import Gone, Link
from .answers import AnswerReader, iterator_number
from .callbacks import PassedObjects, call_target, is_mock, own_names
from .mirrors import Mirrors
from .program_names import Plan
from .shown import Shown

MAX_DEPTH = 40
"""Most calls back and forth inside each other."""
_ANSWERS = {"r": 4, "e": 5, "u": 5}
"""Kinds of answers to a call, and the lengths of their messages."""
_ITERATORS: tuple[type, ...] = (type(iter([])), type(reversed([])), type(iter(set())))


class Remote(ObjectCodec):
    """The connection to the candidate. `gone` and `tampered` say why nothing more will come."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._depth = 0
        self.gone = False
        self.exhausted = False
        """Whether the program has run out of memory or stack."""
        self.tampered = ""
        self._failure: AssertionError | None = None
        self._plan = Plan()
        """Needs of the test."""
        self.refusal = ""
        """The first refusal of this side in the test; empty if there was none."""
        self.doubted = ""
        """What the program's own word decided first in the test; empty if nothing was."""
        self._mirrors = Mirrors(())
        """What the test replaces in the library."""
        self.changes = 0
        """How many calls there were that may have changed objects of the program."""
        self._answers = AnswerReader(self)
        self._passed = PassedObjects()
        self.defined: dict[str, Any] = {}
        """Names of the test's module, which the program would have in shared grading."""
        self._shown = Shown()
        self.invented = False
        """See Conversation."""

    @property
    def one_by_one(self) -> bool:
        """See Conversation."""
        return self._plan.stepwise

    def forget(self) -> None:
        """Drop all that the test before has left here."""
        self._answers, self._passed, self._shown = AnswerReader(self), PassedObjects(), Shown()
        self.links, self._failure, self.defined = Links(0), None, {}
        self.refusal = self.doubted = ""

    def begin(self, plan: Plan, program: int) -> dict[str, Any]:
        """Have a program executed for a new test; return its values under the test's names. The program's exceptions rise.

        The program will say when it changes data under its own names.
        """
        self.forget()
        self._plan, self._mirrors = plan, Mirrors(plan.mirrored)
        self._send(["z", plan.own, plan.known, program])
        return self._names([*plan.own, *plan.known])

    def leaves_something(self) -> bool:
        """Whether the next test needs another process of the program.

        So it is if the program knows values by comparisons alone, says that it has changed something beyond its namespace, or says
        nothing that can be understood.
        """
        if self._shown.withheld:
            return True
        try:
            self._send(["l"])
            return self._answer()[:2] != ["r", False]
        except CandidateGone:
            return True

    def names(self, names: list[str]) -> dict[str, Any]:
        """Return the program's values under these names; ["*"] asks for all names, without values."""
        writer = Writer(self)
        self._send(["n", names], writer)
        return self._names(names)

    def _names(self, asked: list[str]) -> dict[str, Any]:
        answer = self._answer()
        if answer[0] != "r":
            self._value(answer, [], stops=False)
        self._answers.reading_names = True
        try:
            reader = Reader(answer[3], self, (), answer[2])
            found = {name: reader.value(value) for name, value in answer[1] if name in asked or asked == ["*"]}
        except (Malformed, *BROKEN) as error:
            raise self._protocol_error(error) from None
        finally:
            self._answers.reading_names = False
        for name, value in found.items():
            self._doubt_catching(value)
            if isinstance(value, StandInType) and name[:1].isupper():
                named = Origin.MADE if name in self._plan.classes else Origin.NAMED
                type.__setattr__(value, "coderm_origin", max(named, value.coderm_origin))
        return found

    def ask(self, target: int | str, name: str | None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """See Conversation."""
        if not self._mirrors.is_empty():
            for change in self._mirrors.changes():
                self.ask("mirror", None, change, {})
        writer = Writer(self)
        try:
            values = writer.items(args)
            named = [part for key, value in kwargs.items() for part in (key, writer.value(value))] if kwargs else []
            self.changes += _may_change(target, name, writer.objects)
            fresh = self._tell(target, [*values, *named], writer.nodes)
        except NotSerializable as error:
            raise self.refused(error) from None
        self._send(["c", target, name, values, named], writer)
        found = self._settle(target, name, writer.objects)
        return self._confirmed(target, fresh, found)

    def _settle(self, target: int | str, name: str | None, known: list[Any]) -> Any:
        """Wait for the answer to a call, return its value or raise its exception."""
        answer = self._answer()
        self._raise_failed_assertion()
        self._answers.reading_result = name is not None or not self._answers.is_class(target)
        stops = target in ("next", "more") or (self._plan.stops and target != "data")
        try:
            return self._value(answer, known, stops=stops)
        finally:
            self._answers.reading_result = True

    def _tell(self, target: int | str, written: list[Any], nodes: list[Node]) -> set[Any]:
        """Note what a message tells the program; see Shown."""
        return set() if self.invented else self._shown.tell(target, written, nodes)

    def _confirmed(self, target: int | str, told: set[Any], found: Any) -> Any:
        if told and found is True and target in ("eq", "contains"):
            self._shown.confirm(told)
        return found

    def _doubt_learned(self, written: Any, nodes: list[Node], sync: list[Any]) -> None:
        """Doubt an answer with what the program can only have from a comparison."""
        if self._shown.comes_back(written, nodes, sync):
            self.doubt("a result that the program has learned by a comparison")

    def _raise_failed_assertion(self) -> None:
        """Raise a failed assertion of a callback again: the program that called it may have caught it."""
        if self._failure is not None:
            failure = self._failure
            if not self._depth:
                self._failure = None
            raise failure

    def _value(self, answer: list[Any], known: list[Any], *, stops: bool) -> Any:
        """Return the value of an answer, or raise its exception, after applying changes to the test's own objects.

        Without `stops`, StopIteration may not leave the call: it would end a loop of the test and skip its checks.
        """
        try:
            value = Reader(answer[3], self, known, answer[2]).value(answer[1])
            self._doubt_learned(answer[1], answer[3], answer[2])
            if answer[0] == "r":
                return self._doubt_catching(value)
            lines = [str(line)[:200] for line in answer[4]]
        except (Malformed, *BROKEN) as error:
            raise self._protocol_error(error) from None
        if not isinstance(value, BaseException):
            raise self._protocol_error(Malformed("raised what is no exception"))
        self.exhausted = self.exhausted or isinstance(value, MemoryError | RecursionError)
        value.coderm_lines = lines  # type: ignore[attr-defined]
        if answer[0] == "u" or (isinstance(value, NameError) and value.name in self.defined):
            self.refused(value)
        if isinstance(value, (StopIteration, StopAsyncIteration)) and not stops:
            self.doubt(f"RuntimeError in place of {type(value).__name__}, which would end a loop of the test")
            raise RuntimeError(f"the program raised {type(value).__name__}")
        raise value

    def _doubt_catching(self, value: Any) -> Any:
        """Return a value of the program, with a doubt where `except` would catch a failed assertion of the test by it."""
        kinds, seen = [value], set[int]()
        while kinds:
            kind = kinds.pop()
            if type(kind) is tuple and id(kind) not in seen:
                seen.add(id(kind))
                kinds += kind
            elif isinstance(kind, type) and issubclass(kind, BaseException) and issubclass(AssertionError, kind):
                self.doubt(f"{kind.__name__}, which catches failed assertions, in place of a class of the program")
        return value

    def refused(self, error: BaseException) -> BaseException:
        """See Conversation."""
        self.refusal = self.refusal or f"{type(error).__name__}: {error}"
        return error

    def doubt(self, what: str) -> None:
        """See Conversation."""
        self.doubted = self.doubted or what

    def _answer(self) -> list[Any]:
        """Wait for an answer of a known kind and length, and serve calls back meanwhile."""
        while True:
            try:
                message = self._link.receive()
            except Gone:
                self.gone = True
                raise CandidateGone("the program's process has ended") from None
            except Malformed as error:
                raise self._protocol_error(error) from None
            kind = message[0] if type(message) is list and message else None
            if type(kind) is str and _ANSWERS.get(kind) == len(message):
                return list(message)
            if kind != "b" or len(message) != 7:
                raise self._protocol_error(Malformed("neither answer nor call"))
            self._serve_callback(*message[1:])

    def _serve_callback(self, number: Any, name: Any, args: Any, kwargs: Any, sync: Any, nodes: Any) -> None:
        """Serve a call of the candidate to an object that the test passed."""
        try:
            target = self._passed.target(number)
            reader = Reader(nodes, self, (), sync)
            values = reader.items(args)
            named = dict(zip(kwargs[::2], reader.items(kwargs[1::2]), strict=True))
            self._doubt_learned([*args, *kwargs], nodes, sync)
        except (Malformed, *BROKEN) as error:
            raise self._protocol_error(error) from None
        self._depth += 1
        writer = Writer(self)
        try:
            try:
                reply = ["r", writer.value(self._run(target, name, values, named))]
            except AssertionError as error:  # its text may show the expected value
                self._failure = self._failure or error
                reply = ["e", writer.value(AssertionError())]
            except Exception as error:  # noqa: BLE001 - whatever the test's own function raises goes to its caller
                if isinstance(error, NotSerializable):
                    self.refused(error)
                writer = Writer(self)
                reply = ["e", writer.value(error)]
        finally:
            self._depth -= 1
        self._send(reply, writer)

    def _run(self, target: Any, name: Any, values: list[Any], named: dict[str, Any]) -> Any:
        if self._depth > MAX_DEPTH:
            raise RecursionError("too many calls inside each other")
        return call_target(target, name, values, named)

    def _send(self, message: list[Any], writer: Writer | None = None) -> None:
        if self.gone or self.tampered:
            raise CandidateGone("the program's process has ended")
        sync = []
        try:
            if writer is not None:
                sync = writer.sync()
                message += sync, writer.nodes
            self._link.send(message)
        except NotSerializable as error:
            raise self.refused(error) from None
        except Gone:
            self.gone = True
            raise CandidateGone("the program's process has ended") from None
        if sync:
            self.changes += bool(sync[1] or sync[3])  # what an object of the program holds may have changed
            self.links.commit()

    def _protocol_error(self, error: Exception) -> CandidateGone:
        self.tampered = f"{type(error).__name__}: {str(error)[:200]}"
        return CandidateGone("the program broke the protocol")

    def keeps(self, kind: type) -> bool:
        """See ObjectCodec."""
        return isinstance(kind, StandInType)

    def write(self, writer: NodeWriter, value: Any) -> Node:
        """See ObjectCodec."""
        number = _number(value)
        number = iterator_number(value) if number is None else number
        return self._passed.write(writer, value) if number is None else ["h", number]

    def build(self, node: Node, reader: NodeReader) -> Any:
        """See ObjectCodec."""
        if node[0] != "F":
            return self._answers.build(node, reader)
        value = self._passed.value_of(node[1])
        if is_mock(value):
            self.doubt("a mock of the test in place of a value of the program")
        return value

    def field(self, name: Any, value: Any) -> Any:
        """See ObjectCodec. A function under the name of a plain value's method counts as one of an object."""
        return value_method(self, None, name, value) if name in VALUE_METHODS and callable(value) else value

    def fill(self, shell: Any, node: Node, reader: NodeReader) -> None:
        """Give an object of the test the fields that the candidate left it with."""
        items = reader.items(node[-1])
        if any(type(name) is not str for name in items[::2]) or isinstance(shell, (type, StandIn)):
            raise Malformed("no fields")
        pairs = zip(items[::2], items[1::2], strict=True)
        own = fields(shell).keys() | slots_of(type(shell)).keys()
        hiding = own_names(type(shell)) - own  # these would replace methods of the test
        fresh = {name: value for name, value in pairs if name not in hiding}
        set_fields(shell, fresh)

    def shortening(self, value: Any) -> None:
        """See ObjectCodec. A loop of the test that ended early would skip its checks."""
        if any(type(holder) in _ITERATORS for holder in gc.get_referrers(value)):
            self.doubt("a list or set of which the program took items while the test went through it")


def _may_change(target: int | str, name: str | None, passed: list[Any]) -> bool:
    """Whether a call may change an object of the program: a method call, or a call with such an object among its arguments."""
    if type(target) is str:
        return target in CHANGING
    return name is not None or any(isinstance(value, StandIn) for value in passed)


def _number(value: Any) -> int | None:
    """Return the number of a stand-in; None for anything else."""
    if isinstance(value, StandInType):
        return value.coderm_number
    if isinstance(type(value), StandInType):
        return int(value.coderm_handle)
    if type(value) is types.FunctionType:
        return getattr(value, "coderm_handle", None)
    return getattr(value, "coderm_program", None) if isinstance(value, types.ModuleType) else None
