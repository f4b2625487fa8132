"""Exact: the same lines, but for white space at the ends of lines and empty lines at the end.

L(x) = lines of x, each without trailing white space, without the empty ones at the end.
equal(E, G)  <=>  L(G) = L(E).
"""

from collections.abc import Iterator
from itertools import starmap, zip_longest
from operator import eq

from coderm.comparing.texts import encoded, lines


def equal(expected: str, got: bytes) -> bool:
    """Whether the lines are the same; white space inside and at the beginning of a line counts."""
    wanted = encoded(expected)
    return wanted == got or all(starmap(eq, zip_longest(_lines(wanted), _lines(got))))


def _lines(data: bytes) -> Iterator[bytes]:
    return map(bytes.rstrip, lines(data.rstrip()))
