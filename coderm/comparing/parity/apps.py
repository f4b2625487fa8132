"""Parity with APPS (362aedc): text, or one number a line with numpy's tolerance, or lines as sets of words in any order.

L(G) = lines of G that are not empty; W(E) = stripped lines of E that are not empty; set(l) = the words of line l as a set.
equal(E, G)  <=>  the same text but for white space around lines and empty lines,  or
    each line is one number and |g_i - e_i| <= 1e-8 + 1e-5 * |e_i| for all i,  or
    { set(l) : l in L(G), not blank } = { set(l) : l in W(E) },  or
    the same with each word read as a number and rounded to 3 places.

So order and repetition count neither within lines nor among them, and integers beyond 2^53 are compared as doubles.
"""

from collections.abc import Iterable
from typing import Any

from coderm.comparing.parity.lines import close_lines, printed, same_text, wanted_lines


def equal(expected: str, got: bytes) -> bool:
    """Whether APPS calls an output right."""
    lines = printed(got)
    if same_text(expected, lines):
        return True
    wanted, found = wanted_lines(expected), list(filter(None, lines))
    return close_lines(wanted, found) or _same_sets(wanted, [line for line in found if line.split()])


def same_value(expected: Any, got: Any) -> bool:
    """Whether APPS calls a function's result right: `expected` or its first item, lists in place of tuples.

    Records wrap results as [result]; nothing tells such a list from a result that is one, so 1 passes for [1, 2, 3]. Keys of
    dicts that are digits become integers, since JSON has text keys only.
    """
    expected = _with_number_keys(expected)
    found = list(got) if isinstance(got, tuple) else got
    if found == expected or (isinstance(expected, list) and bool(expected) and found == expected[0]):
        return True
    if not (isinstance(found, list) and found and isinstance(found[0], tuple) and isinstance(expected, list) and expected):
        return False
    try:
        return bool([list(item) for item in found] == expected[0])
    except TypeError:
        return False


def _with_number_keys(expected: Any) -> Any:
    """Return an expected dict whose keys are digits with integers for keys, in a list of its own; the rest of a list is dropped."""
    first = expected[0] if isinstance(expected, list) and expected else expected
    try:
        return [{int(key): value for key, value in first.items()}] if isinstance(first, dict) else expected
    except ValueError:
        return expected


def _same_sets(wanted: list[str], found: list[str]) -> bool:
    if _sets(wanted) == _sets(found):
        return True
    try:
        return _rounded(wanted) == _rounded(found)
    except (ValueError, OverflowError):
        return False


def _sets(lines: Iterable[str]) -> set[frozenset[str]]:
    return {frozenset(line.split()) for line in lines}


def _rounded(lines: Iterable[str]) -> set[frozenset[float]]:
    return {frozenset(round(float(word), 3) for word in line.split()) for line in lines}
