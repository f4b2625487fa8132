"""What comparers see of a text: its bytes, its lines, its tokens; streamed, so that hostile output costs no memory."""

import re
from collections.abc import Iterator
from itertools import chain

WINDOW = 1 << 16
"""Bytes that are split at once: few enough to hold, enough that the loop in Python costs nothing."""
_SPACE = re.compile(rb"[ \t\n\r\f\v]")


def encoded(text: str) -> bytes:
    """Return a text as UTF-8; half a surrogate pair, which JSON can hold and no program can write, gets bytes of its own."""
    return text.encode("utf-8", "surrogatepass")


def tokens(data: bytes) -> Iterator[bytes]:
    """Yield what stands between white space, in order."""
    return chain.from_iterable(map(bytes.split, _windows(data)))


def _windows(data: bytes) -> Iterator[bytes]:
    """Cut at white space, so that no token is torn; a window is as long as its last token asks for."""
    start = 0
    while start < len(data):
        space = _SPACE.search(data, start + WINDOW)
        end = space.start() if space else len(data)
        yield data[start:end]
        start = end


def one_spaced(line: bytes) -> bytes:
    """Return the tokens of a line with one space between."""
    if len(line) <= WINDOW:
        return b" ".join(line.split())
    return b" ".join(filter(None, (b" ".join(window.split()) for window in _windows(line))))


def lines(data: bytes) -> Iterator[bytes]:
    """Yield the lines without their ends `\\n`; text after the last end is a line, nothing after it is none."""
    return chain.from_iterable(window.split(b"\n") for window in _windows_of_lines(data))


def _windows_of_lines(data: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + WINDOW)
        end = len(data) if end < 0 else end
        if end == len(data):
            yield data[start:end].removesuffix(b"\n")
        else:
            yield data[start:end]
        start = end + 1
