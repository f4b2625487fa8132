"""The candidate's side of isolated grading: executes the program, then answers calls until the tester goes.

Runs in the process and under the uid of the candidate, so nothing here is trusted: whatever the program does to it, only its own
answers change. There is no test, no expected value and no verdict pipe in this process.
"""

import contextlib
import itertools
import os
import sys
import types
from collections.abc import Sequence
from typing import Any

from ..codec.links import Links
from ..codec.nodes import Node, NodeReader, NodeWriter, ObjectCodec
from ..codec.operations import OPERATIONS
from ..codec.reader import Reader
from ..codec.writer import Writer
from ..confinement.limits import allow_report
from ..confinement.memory import Growth
from ..confinement.watch import flush_output
from ..constants import CACHES, PROGRAM_FILE, SOLUTION, STACK_MARGIN
from ..endless.loops import LoopSampler
from ..purity.world import World
from ..transport.json_text import NotSerializable
from ..transport.link import Gone, Link
from .arguments import ArgumentProxies, fill
from .exports import ConstructedObject, Exports, text_of
from .snapshots import Snapshot

EXTRA_FRAMES = 12
"""Frames that shared grading has below a call of the program and this side has not, so that the recursion limit is the same."""
TRACE_LINES = 8
_trace = vars(BaseException)["__traceback__"]


def serve(codes: Sequence[types.CodeType], fd: int, *, alone: bool, looked: bool = False, samples: int = 0) -> None:
    """Execute the program that is asked for, and answer; returns when the tester has gone. More than one are proved harmless.

    Unless alone, the recursion limit is a little lower: a program that comes that near to it is judged alone.

    looked: whether the tester may ask what the program has changed beyond its namespace. It may ask for the recursion limit, too.
    """
    if not alone and not looked:
        sys.setrecursionlimit(sys.getrecursionlimit() - STACK_MARGIN)
    sampler = LoopSampler((PROGRAM_FILE,), samples)
    sampler.start()
    with contextlib.suppress(Gone):
        server = CandidateServer(Link(fd), codes, sampler, World(os.getcwd()) if looked else None)
        while True:
            server.serve_one()


class CandidateServer(ObjectCodec):
    """Executes the program and answers the tester."""

    def __init__(self, link: Link, codes: Sequence[types.CodeType], sampler: LoopSampler, world: World | None) -> None:
        self._link = link
        self._world = world
        self._sampler = sampler
        self._codes = codes
        self._growth = Growth()
        self._module: types.ModuleType
        self._exports: Exports
        self._arguments: ArgumentProxies
        self._originals: dict[tuple[str, str], Any] = {}
        """What the test has replaced in the library."""
        self._reset()

    def serve_one(self) -> None:
        """Wait for one question and answer it. Raises Gone."""
        self._arguments.open = False
        self._serve(self._link.receive())

    def _serve(self, message: Any) -> None:
        kind = message[0]
        self._arguments.open = kind != "z"
        if kind == "c":
            self._call(*message[1:])
        elif kind == "n":
            Reader(message[3], self, (), message[2])
            self._names(message[1])
        elif kind == "z":
            self._begin(*message[1:])
        elif kind == "l":
            self._undo_replacements()
            self._link.send(["r", self._world is None or self._world.changed(), [], []])
        else:
            raise Gone

    def _reset(self) -> None:
        """Drop all exports, all arguments and all links."""
        self.links = Links(1)
        self._module = types.ModuleType(SOLUTION)
        self._exports = Exports(self._module)
        self._arguments = ArgumentProxies(self.call_back)

    def _begin(self, own: list[str], known: list[str], program: int) -> None:
        """Execute a program, for the first test or anew for the next one, and send its values under these names."""
        if self._growth.is_large():
            raise Gone
        code = self._codes[program]
        self._reset()
        self._undo_replacements()
        self._sampler.begin_test(code)
        if self._world:
            self._world.begin(code)
        sys.modules[SOLUTION] = self._module
        held = vars(self._module)
        try:
            for forget in CACHES:
                forget()
            exec(code, held)
            flush_output()
        except BaseException as error:  # noqa: BLE001 - whatever the program raises is its outcome
            self._raised(error, [])
        else:
            self._names([*own, *known])
            self.links.watch(held, own)

    def _names(self, names: list[str]) -> None:
        """Send the program's values under these names."""
        writer, found = Writer(self), []
        held = vars(self._module)
        for name in held if names == ["*"] else names:
            if name in held:
                with contextlib.suppress(NotSerializable):
                    found.append([name, None if names == ["*"] else writer.value(held[name])])
        self._send(["r", found], writer)

    def _send(self, message: list[Any], writer: Writer, *last: Any) -> None:
        sync = writer.sync()
        self._link.send([*message, sync, writer.nodes, *last])
        if sync:
            self.links.commit()
        self._exports.confirm_sent()

    def _call(self, target: Any, name: str | None, args: list[Any], kwargs: list[Any], sync: list[Any], nodes: list[Node]) -> None:
        known: list[Any] = []
        try:
            reader = Reader(nodes, self, (), sync)
            known = reader.objects
            named = dict(zip(kwargs[::2], reader.items(kwargs[1::2]), strict=True))
            value = self._execute(target, name, reader.items(args), named)
            writer = Writer(self, known)
            written = writer.value(value)
        except BaseException as error:  # noqa: BLE001 - whatever the program raises is its outcome
            self._raised(error, known)
            return
        try:
            flush_output()
            self._send(["r", written], writer)
        except (NotSerializable, MemoryError) as error:
            self._raised(error, [])

    def _execute(self, target: Any, name: str | None, values: list[Any], named: dict[str, Any]) -> Any:
        if type(target) is str:
            if target == "data":
                return Snapshot(values[0])
            if target == "mirror":
                return self._replace(*values)
            if target == "more":
                return _next_items(self._exports[values[0]], *values[1:])
            return OPERATIONS[target](*values, **named)
        function = self._exports[target]
        if name is not None:
            function = getattr(function, name)
        value = _call_deeper(EXTRA_FRAMES, function, values, named)
        return ConstructedObject(value) if issubclass(type(function), type) and name is None else value

    def _replace(self, module: str, name: str, value: Any) -> None:
        """Put a value in place of a name of a module; None brings back what was there first."""
        original = self._originals.setdefault((module, name), getattr(sys.modules[module], name))
        setattr(sys.modules[module], name, original if value is None else value)

    def _undo_replacements(self) -> None:
        """Bring back what tests have replaced in the library."""
        for (module, name), original in self._originals.items():
            setattr(sys.modules[module], name, original)
        self._originals.clear()

    def _raised(self, error: BaseException, known: list[Any]) -> None:
        if isinstance(error, Gone):
            raise error
        if type(error) is SystemError and "without exception set" in str(error):
            error = MemoryError()  # what Python says where no memory is left to make the exception
        if isinstance(error, MemoryError):
            with contextlib.suppress(ValueError, OSError):
                allow_report()
        flush_output()
        lines = _lines(error)
        _trace.__set__(error, None)
        self._exports.discard_unsent()
        try:
            writer = Writer(self, known)
            written = writer.value(error)
            tag = "u" if isinstance(error, NotSerializable) else "e"  # not the program's exception: its result cannot cross
            self._send([tag, written], writer, lines)
        except (NotSerializable, MemoryError, RecursionError, AttributeError, TypeError, ValueError):
            self._exports.discard_unsent()
            writer = Writer(self)
            kind = MemoryError if isinstance(error, MemoryError) else RuntimeError
            written = writer.value(kind(f"{type(error).__name__}: {text_of(error)[:1000]}"))
            self._link.send(["u" if isinstance(error, NotSerializable) else "e", written, [], writer.nodes, lines])

    def call_back(self, number: int, name: str | None, args: Any, kwargs: dict[str, Any]) -> Any:
        """Call an object of the tester, and answer the tester's questions meanwhile."""
        writer = Writer(self)
        values = writer.items(args)
        named = list(itertools.chain.from_iterable((key, writer.value(value)) for key, value in kwargs.items()))
        self._send(["b", number, name, values, named], writer)
        while True:
            message = self._link.receive()
            if message[0] not in ("r", "e"):
                self._serve(message)
                continue
            value = Reader(message[3], self, (), message[2]).value(message[1])
            if message[0] == "r":
                return value
            raise value

    def keeps(self, kind: type) -> bool:
        """See ObjectCodec."""
        return self._exports.keeps(kind)

    def write(self, writer: NodeWriter, value: Any) -> Node:
        """See ObjectCodec."""
        number = self._arguments.number(value)
        return self._exports.write(writer, value) if number is None else ["F", number]

    def build(self, node: Node, reader: NodeReader) -> Any:
        """See ObjectCodec."""
        return self._exports[node[1]] if node[0] == "h" else self._arguments.build(node, reader)

    def shell(self, node: Node) -> Any:
        """See ObjectCodec."""
        return self._arguments.shell(node)

    def fill(self, shell: Any, node: Node, reader: NodeReader) -> None:
        """See ObjectCodec."""
        fill(shell, node, reader)


def _lines(error: BaseException) -> list[str]:
    """Return where in the program an exception rose."""
    lines, trace = [], _trace.__get__(error)
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == PROGRAM_FILE:
            lines.append(f"  {PROGRAM_FILE}:{trace.tb_lineno} in {code.co_name}")
            del lines[:-TRACE_LINES]
        trace = trace.tb_next
    return lines


def _call_deeper(frames: int, function: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
    return _call_deeper(frames - 1, function, args, kwargs) if frames else function(*args, **kwargs)


def _next_items(iterator: Any, count: int, sent: Any) -> list[Any]:
    """Return up to `count` items; True at the end, the exception that ended it, or False; and a generator's return value."""
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
