"""Messages over the socket between the tester and the candidate: a four-byte length, then the text."""

import os
import struct
from typing import Any

from .json_text import MAX_MESSAGE, Malformed, dumps, loads

HEADER = struct.Struct(">I")
CHUNK = 1 << 16


class Gone(Exception):
    """The other side closed the socket."""


class Link:
    """One end. Both sides speak in turns, so bytes beyond one message are malformed.

    Only the process that made it may use it: a fork of the candidate finds the other side gone.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._pid = os.getpid()
        self._read, self._write, self._getpid = os.read, os.write, os.getpid

    def send(self, message: Any) -> None:
        """Send one message; blocks while the other side does not read. Raises NotSerializable, Gone."""
        body = dumps(message)
        data = HEADER.pack(len(body)) + body
        if self._getpid() != self._pid:
            raise Gone
        try:
            sent = self._write(self._fd, data)
            while sent < len(data):
                sent += self._write(self._fd, data[sent : sent + CHUNK])
        except OSError:
            raise Gone from None

    def receive(self) -> Any:
        """Wait for one message. Raises Malformed, Gone."""
        if self._getpid() != self._pid:
            raise Gone
        data = self._chunk()
        while len(data) < HEADER.size:
            data += self._chunk()
        (length,) = HEADER.unpack_from(data)
        if length > MAX_MESSAGE:
            raise Malformed(f"a message of {length} bytes")
        if len(data) < HEADER.size + length:
            parts = bytearray(data)
            while len(parts) < HEADER.size + length:
                parts += self._chunk()
            data = bytes(parts)
        if len(data) > HEADER.size + length:
            raise Malformed("more than one message")
        return loads(data[HEADER.size :])

    def _chunk(self) -> bytes:
        try:
            data = self._read(self._fd, CHUNK)
        except OSError:
            raise Gone from None
        if not data:
            raise Gone
        return data
