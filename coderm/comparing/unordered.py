"""Unordered: the outermost order is free. Of several lines that is their order, of one line the order of its words.

T(x) as in `tokens`; N(x) = the lines of x that are not blank, each as the tuple of its words; {..} are multisets.
equal(E, G)  <=>  {N(G)} = {N(E)}  if |N(E)| != 1,  {T(G)} = {T(E)}  if |N(E)| = 1.

How often a line or word occurs counts; within one of several lines the order counts.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from coderm.comparing.texts import encoded, lines, one_spaced, tokens


def equal(expected: str, got: bytes) -> bool:
    """Whether the same lines are there, or the same words where only one line is expected."""
    wanted = encoded(expected)
    single = b"\n" not in wanted.strip()
    items = tokens if single else _lines
    return wanted == got or _same_items(items(wanted), items(got))


def _lines(data: bytes) -> Iterator[bytes]:
    return map(one_spaced, filter(None, map(bytes.strip, lines(data))))


def _same_items(wanted: Iterable[bytes], found: Iterable[bytes]) -> bool:
    """Whether two multisets are the same; only the wanted one is held, and the first item too many ends it."""
    left = Counter(wanted)
    missing = left.total()
    for item in found:
        if left[item] <= 0:
            return False
        left[item] -= 1
        missing -= 1
    return missing == 0
