"""Two servers of one stream: one has the standard library in memory, the other the packages as well.

Packages make every fork a quarter dearer, so a block that names none runs without them. Both are forks of this process, which
tells them whose turn it is, and ends when the stream does.
"""

import os
from collections.abc import Callable
from typing import Any

from ..confinement.box import Box
from ..confinement.process_tree import fork_asked
from ..transport.frames import read_frame, write_frame
from .block_process import BlockProcess
from .large_pages import use_large_pages
from .server import Server


def claim_streams() -> tuple[int, int]:
    """Move the frames to private descriptors; leave /dev/null as stdin and stdout for everybody else."""
    inbound, outbound = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    return inbound, outbound


class TwoServers:
    """The two of them. `words` name packages; `warm` imports those in the second server, and returns what the greeting tells."""

    def __init__(self, box: Box, streams: tuple[int, int], words: tuple[str, ...], warm: Callable[[], dict[str, str]]) -> None:
        frame = os.memfd_create("frame", os.MFD_CLOEXEC)
        self._outbound = streams[1]
        self._packed = _Fork(Server(BlockProcess(box, streams, frame), streams[0]), warm)
        self._plain = _Fork(Server(BlockProcess(box, streams, frame, words), streams[0]), dict)

    def serve(self) -> int:
        """Serve until the stream ends; return an exit status."""
        greetings = [server.greeting() for server in (self._packed, self._plain)]
        if None not in greetings:
            write_frame(self._outbound, {"type": "ready", **greetings[0]})  # type: ignore[dict-item]
            self._serve_blocks()
        servers = self._packed, self._plain
        for server in servers:  # the younger one holds an end of the pipe of the older one
            server.close()
        return max(server.end() for server in servers)

    def _serve_blocks(self) -> None:
        answer: dict[str, Any] | None = {"serial": 0, "kind": ""}
        while answer is not None:
            answer = (self._packed if answer["kind"] else self._plain).ask(answer)


class _Fork:
    """A server in a process of its own."""

    def __init__(self, server: Server, warm: Callable[[], dict[str, str]]) -> None:
        self._pid, self._asking, self._answers = fork_asked(
            lambda asked, answering: _greet_and_serve(server, warm, asked, answering)
        )

    def greeting(self) -> dict[str, str] | None:
        """Wait until it is warm; return what it tells, None when it has ended."""
        return read_frame(self._answers)

    def ask(self, asking: dict[str, Any]) -> dict[str, Any] | None:
        """Have the next block served; return what came of it, None when the stream or the server has ended."""
        try:
            write_frame(self._asking, asking)
        except BrokenPipeError:
            return None
        return read_frame(self._answers)

    def close(self) -> None:
        """Let the server find the end of its pipe."""
        os.close(self._asking)

    def end(self) -> int:
        """Wait for its end; return 0 where it ended well, else 1."""
        return int(os.waitpid(self._pid, 0)[1] != 0)


def _greet_and_serve(server: Server, warm: Callable[[], dict[str, str]], asked: int, answering: int) -> int:
    greeting = warm()
    use_large_pages()
    write_frame(answering, greeting)
    return server.serve(asked, answering)
