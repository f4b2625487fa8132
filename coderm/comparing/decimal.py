"""Decimal: words as text, numbers by their exact values.

T(x) = what stands between white space in x; v(t) = the exact rational value of a decimal numeral t.
equal(E, G)  <=>  |T(G)| = |T(E)|  and for all i:  T(G)_i = T(E)_i as text,  or both are numerals and  v(T(G)_i) = v(T(E)_i).

So 5.0 = 5 = 5e0 and -0 = 0; `1_0` is no numeral, and nan and inf are words. Nothing is rounded, whatever the size of an integer.
"""

from coderm.comparing.numerals import numeral
from coderm.comparing.pairs import equal_by


def equal(expected: str, got: bytes) -> bool:
    """Whether words and values are the same."""
    return equal_by(_alike, expected, got)


def _alike(expected: bytes, got: bytes) -> bool:
    value = numeral(got)
    return value is not None and value == numeral(expected)
