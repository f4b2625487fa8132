"""Parity with LiveCodeBench (28fef95): stripped lines, each the same text or the same list of Python decimals.

S(x) = the lines of strip(x), split at `\\n`, each stripped (Unicode white space).
equal(E, G)  <=>  |S(G)| = |S(E)|  and for all i:  S(G)_i = S(E)_i,  or  D(S(G)_i) = D(S(E)_i)
D(l) = the words of l read by `decimal.Decimal`; undefined if one of them cannot be read.

So 5.0 = 5, `1_0` = 10 and digits of any script count; `1  2` = `1 2`, but `a  b` is not `a b`.
"""

from decimal import Decimal, DecimalException
from typing import Any


def equal(expected: str, got: bytes) -> bool:
    """Whether LiveCodeBench calls an output right."""
    wanted, found = _lines(expected), _lines(got.decode("utf-8", "replace"))
    return len(wanted) == len(found) and all(map(_same_line, wanted, found))


def same_value(expected: Any, got: Any) -> bool:
    """Whether LiveCodeBench calls a function's result right: equality, a tuple counting as the list of its items."""
    return bool((list(got) if isinstance(got, tuple) else got) == expected)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().split("\n")]


def _same_line(wanted: str, found: str) -> bool:
    if wanted == found:
        return True
    try:
        return list(map(Decimal, found.split())) == list(map(Decimal, wanted.split()))
    except DecimalException:
        return False
