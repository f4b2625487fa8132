"""Frames on a pair of file descriptors: a four-byte length, then ASCII JSON, so that lone surrogates survive.

Never unpickles and never reads more than MAX_FRAME bytes. The host side speaks the same format over other transports.
"""

import json
import os
import struct
from typing import Any

HEADER = struct.Struct(">I")
MAX_FRAME = 256 * 1024 * 1024
"""Longest frame, bytes; a block of 512 pairs of ordinary programs takes about 100 kB."""


class FrameError(Exception):
    """The peer closed the stream inside a frame, or sent one that is too long or no JSON object."""


def encode(message: dict[str, Any]) -> bytes:
    """Return the frame of one message."""
    body = json.dumps(message, separators=(",", ":")).encode("ascii")
    if len(body) > MAX_FRAME:
        raise FrameError(f"a frame of {len(body)} bytes is over the limit of {MAX_FRAME}")
    return HEADER.pack(len(body)) + body


def body_length(header: bytes) -> int:
    """Return the length a header announces."""
    length = int(HEADER.unpack(header)[0])
    if length > MAX_FRAME:
        raise FrameError(f"a frame of {length} bytes is over the limit of {MAX_FRAME}")
    return length


def decode(body: bytes) -> dict[str, Any]:
    """Return the message of a frame's body."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FrameError(f"a frame is no JSON: {type(error).__name__}") from None
    if not isinstance(message, dict):
        raise FrameError("a frame is no JSON object")
    return message


def read_frame(fd: int) -> dict[str, Any] | None:
    """Read one message; None at a clean end of the stream."""
    body = read_body(fd)
    return None if body is None else decode(body)


def read_body(fd: int) -> bytes | None:
    """Read the bytes of one message; None at a clean end of the stream."""
    header = _read_exactly(fd, HEADER.size)
    if not header:
        return None
    if len(header) < HEADER.size:
        raise FrameError("the stream ended inside a header")
    length = body_length(header)
    body = _read_exactly(fd, length)
    if len(body) < length:
        raise FrameError("the stream ended inside a frame")
    return body


def write_frame(fd: int, message: dict[str, Any]) -> None:
    """Write one message completely."""
    view = memoryview(encode(message))
    while view:
        view = view[os.write(fd, view) :]


def _read_exactly(fd: int, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = os.read(fd, min(size - len(parts), 1 << 20))
        if not part:
            break
        parts += part
    return bytes(parts)
