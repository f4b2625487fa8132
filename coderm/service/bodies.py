"""Reads a request's body within a bound, packed or not."""

import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from coderm.service.ports import Refused

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
GZIP = 16 + zlib.MAX_WBITS
_PIECE = 1 << 20
"""Bytes unpacked at once: a bomb is noticed after one piece too many."""


class ClientGone(Exception):
    """The client hung up before its request was whole."""


async def read_body(headers: Mapping[str, str], receive: Receive, most: int) -> bytes:
    """Return the body, unpacked. Raises Refused: 413 as soon as more than `most` bytes are there, 400, 415; and ClientGone."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("gzip", "identity"):
        raise Refused(f"Content-Encoding {encoding[:40]!r} is not known; send gzip, or none", "bad_encoding", 415)
    _check_length(headers.get("content-length", ""), most)
    unpack = Unpacked(most, packed=encoding == "gzip")
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        unpack.add(message.get("body", b""))
        if not message.get("more_body", False):
            return unpack.whole()


def _check_length(text: str, most: int) -> None:
    if text.isdigit() and int(text) > most:
        raise _too_large(most)


def _too_large(most: int) -> Refused:
    return Refused(f"the body is larger than {most >> 20} MiB (service.max_body_mb); send smaller batches", "body_too_large", 413)


class Unpacked:
    """Collects a body piece by piece; never holds more than `most` bytes and one piece."""

    def __init__(self, most: int, *, packed: bool) -> None:
        self._most = most
        self._unpack = zlib.decompressobj(GZIP) if packed else None
        self._body = bytearray()

    def add(self, data: bytes) -> None:
        """Take in a piece as it was sent; raises Refused."""
        if self._unpack is None:
            self._keep(data)
            return
        try:
            while data and not self._unpack.eof:
                self._keep(self._unpack.decompress(data, _PIECE))
                data = self._unpack.unconsumed_tail
        except zlib.error:
            raise _no_gzip() from None
        if self._unpack.eof and (data or self._unpack.unused_data):
            raise _no_gzip()

    def whole(self) -> bytes:
        """Return the body; raises Refused when gzip data was cut off."""
        if self._unpack is not None and not self._unpack.eof:
            raise _no_gzip()
        return bytes(self._body)

    def _keep(self, data: bytes) -> None:
        if len(self._body) + len(data) > self._most:
            raise _too_large(self._most)
        self._body += data


def _no_gzip() -> Refused:
    return Refused("the body is not one whole gzip stream; send it again, or without Content-Encoding", "bad_encoding", 400)
