"""Frames over raw descriptors with a deadline on every wait; any fault is SandboxLost.

Used for the pipes of a subprocess and for the engine's attached stream, whose stdout and stderr come multiplexed.
"""

import os
import select
import struct
import time
from typing import Any, Protocol

from coderm.errors import SandboxLost
from coderm.sandbox.runner.transport.frames import HEADER, FrameError, body_length, decode

CHUNK = 1 << 18
STDERR_TAIL = 2000
"""Bytes of the box's stderr kept for error messages."""


class Decoder(Protocol):
    """Turns raw bytes of a stream into the box's stdout."""

    def feed(self, data: bytes) -> bytes:
        """Take raw bytes, return the stdout bytes among them."""

    def stderr(self) -> str:
        """Return the end of the box's stderr."""


class Plain:
    """A stream that carries stdout alone."""

    def feed(self, data: bytes) -> bytes:
        """Return the bytes as they are."""
        return data

    def stderr(self) -> str:
        """Nothing is known."""
        return ""


class Demultiplexer:
    """The engine's attach format: a stream number, three zero bytes, a four-byte length, then the payload."""

    HEADER = struct.Struct(">BxxxI")

    def __init__(self) -> None:
        self._head = bytearray()
        self._stream = 0
        self._left = 0
        self._stderr = b""

    def feed(self, data: bytes) -> bytes:
        """Return stdout bytes; keep the tail of stderr."""
        view, stdout = memoryview(data), bytearray()
        while view:
            if self._left:
                payload, view = view[: self._left], view[self._left :]
                self._left -= len(payload)
                if self._stream == 1:
                    stdout += payload
                else:
                    self._stderr = (self._stderr + bytes(payload))[-STDERR_TAIL:]
                continue
            need = self.HEADER.size - len(self._head)
            self._head += view[:need]
            view = view[need:]
            if len(self._head) == self.HEADER.size:
                self._stream, self._left = self.HEADER.unpack(self._head)
                self._head.clear()
        return bytes(stdout)

    def stderr(self) -> str:
        """Return the end of stderr as text."""
        return self._stderr.decode("utf-8", "replace").strip()


class Channel:
    """Sends and receives frames; owns no descriptor."""

    def __init__(self, read_fd: int, write_fd: int, decoder: Decoder, name: str) -> None:
        self._read_fd = read_fd
        self._write_fd = write_fd
        self._decoder = decoder
        self._name = name
        self._buffer = bytearray()
        os.set_blocking(read_fd, False)
        os.set_blocking(write_fd, False)

    def send(self, frame: bytes, timeout_s: float) -> None:
        """Write one encoded frame."""
        deadline = time.monotonic() + timeout_s
        view = memoryview(frame)
        while view:
            self._wait(self._write_fd, select.POLLOUT, deadline, "takes no frame")
            try:
                view = view[os.write(self._write_fd, view[:CHUNK]) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise self._lost(f"closed its stream ({error.strerror})") from None

    def receive(self, timeout_s: float) -> dict[str, Any]:
        """Read one message; the deadline covers the whole frame."""
        deadline = time.monotonic() + timeout_s
        try:
            header = self._take(HEADER.size, deadline)
            return decode(self._take(body_length(header), deadline))
        except FrameError as error:
            raise self._lost(f"broke the protocol: {error}") from None

    def receive_bytes(self, size: int, timeout_s: float) -> bytes:
        """Read bytes that a message announced; the deadline covers all of them."""
        return self._take(size, time.monotonic() + timeout_s)

    def expect_nothing_more(self) -> None:
        """Require that nothing came after the last frame: it would be read as the answer to the next one."""
        if self._buffer:
            raise self._lost("spoke without being asked")

    def _take(self, size: int, deadline: float) -> bytes:
        while len(self._buffer) < size:
            self._wait(self._read_fd, select.POLLIN, deadline, "is silent")
            try:
                data = os.read(self._read_fd, CHUNK)
            except BlockingIOError:
                continue
            except OSError as error:
                raise self._lost(f"closed its stream ({error.strerror})") from None
            if not data:
                raise self._lost("ended")
            self._buffer += self._decoder.feed(data)
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def _wait(self, fd: int, event: int, deadline: float, complaint: str) -> None:
        poller = select.poll()
        poller.register(fd, event)
        while not poller.poll(max(0.0, deadline - time.monotonic()) * 1000):
            if time.monotonic() >= deadline:
                raise self._lost(complaint)

    def _lost(self, what: str) -> SandboxLost:
        stderr = self._decoder.stderr()
        return SandboxLost(
            f"sandbox {self._name} {what}; the block can be run again in another" + (f" [{stderr}]" if stderr else "")
        )
