"""Takes in the frame of a block in a process of its own, so that the process that forks candidates holds no text.

The process is forked before the frame comes, so that nobody waits for that. It compiles all texts by itself, under the limits of a
pair. Where it dies of them or meets a limit, another process takes in the same frame, and tries each text in a confined fork first.
"""

import functools
import os
import select
from collections.abc import Callable, Mapping
from typing import Any

from ..confinement.process_tree import fork_asked
from ..transport.frames import decode, read_body, read_frame, write_frame
from .compiling import Doubtful

Work = Callable[[dict[str, Any], int, bool], None]
"""Takes in a message and writes a frame about it to a descriptor. The last argument: whether carefully; else it may raise
Doubtful."""


class EndOfStream(Exception):
    """The stream ended before a frame."""


class Taker:
    """Takes in the next frame of `inbound`, or the one in `kept`, by one of the works; the kind of the block names it.

    kept: a file in memory, where the frame is kept for another process. packages: a frame with one of these words is only kept, and
    the frame about it has the type `packages`. prepare: what the process does while it waits, so that it has the pages that it will
    write to.
    """

    def __init__(
        self, inbound: int, kept: int, works: Mapping[str, Work], packages: tuple[bytes, ...], prepare: Callable[[], None]
    ) -> None:
        self._inbound = inbound
        self._prepare = prepare
        self._works = works
        self._kept = kept
        self._packages = packages
        self._process = self._fork(careful=False)

    def take(self, kind: str) -> dict[str, Any]:
        """Return the frame about the next message. Raises EndOfStream, and ChildProcessError when both processes die."""
        try:
            message = self._process.ask(kind)
        except ChildProcessError:
            if not os.fstat(self._kept).st_size:  # no whole frame came
                raise
            message = self._fork(careful=True).ask(kind)
        if message.get("type") == "nothing":
            raise EndOfStream
        return message

    def drop(self) -> None:
        """End the process: no frame comes."""
        self._process.drop()

    def _fork(self, *, careful: bool) -> "_Process":
        return _Process(functools.partial(self._run, careful=careful), self._prepare)

    def _run(self, kind: str, writing: int, *, careful: bool) -> int:
        """Take in a frame in this process; return its exit status."""
        body = os.pread(self._kept, os.fstat(self._kept).st_size, 0) or self._read()
        if body is None:
            write_frame(writing, {"type": "nothing"})
        elif any(word in body for word in self._packages):
            write_frame(writing, {"type": "packages"})
        else:
            try:
                self._works[kind](decode(body), writing, careful)
            except Doubtful:
                return 1
        return 0

    def _read(self) -> bytes | None:
        """Read a frame, and keep it for another process."""
        body = read_body(self._inbound)
        written = 0
        while written < len(body or b""):
            written += os.pwrite(self._kept, memoryview(body or b"")[written:], written)
        return body


class _Process:
    """A fork that waits for the kind of a block, does its work and answers with one frame."""

    def __init__(self, work: Callable[[str, int], int], prepare: Callable[[], None]) -> None:
        self._pid, self._asking, self._answers = fork_asked(lambda asked, answering: _wait(asked, answering, work, prepare))

    def ask(self, kind: str) -> dict[str, Any]:
        """Have the work done; return the frame. Raises ChildProcessError when the process dies."""
        os.write(self._asking, kind.encode("ascii"))
        message = read_frame(self._answers)
        status = self.drop()
        if message is None or status != 0:
            raise ChildProcessError(f"the intake ended with status {status}")
        return message

    def drop(self) -> int:
        """End the process, or see it end; return its status."""
        os.close(self._asking)
        os.close(self._answers)
        return os.waitpid(self._pid, 0)[1]


def _wait(asked: int, answering: int, work: Callable[[str, int], int], prepare: Callable[[], None]) -> int:
    if not select.select([asked], [], [], 0)[0]:
        prepare()
    kind = os.read(asked, 64).decode("ascii")
    return work(kind, answering) if kind else 0
