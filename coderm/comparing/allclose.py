"""Allclose: words as text, numbers within a declared tolerance.

T(x), v(t) as in `decimal`; e = v(T(E)_i), g = v(T(G)_i) as doubles.
equal(E, G)  <=>  |T(G)| = |T(E)|  and for all i:  T(G)_i = T(E)_i as text,  or both are numerals and
    v(T(G)_i) = v(T(E)_i),  or  |g - e| <= atol + rtol * |e|  with e and g finite, unless
    T(E)_i is written as an integer and v(T(G)_i) is an integer.

The exception keeps counts apart: 1000001 is not 1000000, while 1.9999999 is 2. How the program spells a number never matters.
"""

import math

from coderm.comparing.numerals import numeral, spelled_whole
from coderm.comparing.pairs import equal_by
from coderm.errors import ConfigError


class AllClose:
    """The comparer for one pair of tolerances. Raises ConfigError for one that is negative or not finite."""

    def __init__(self, rtol: float, atol: float) -> None:
        if not (math.isfinite(rtol) and math.isfinite(atol) and rtol >= 0 and atol >= 0):
            raise ConfigError(f"comparison allclose: rtol = {rtol}, atol = {atol}; give finite numbers of at least 0")
        self._rtol = rtol
        self._atol = atol

    def __call__(self, expected: str, got: bytes) -> bool:
        """Whether words are the same and numbers close."""
        return equal_by(self._alike, expected, got)

    def _alike(self, expected: bytes, got: bytes) -> bool:
        wanted, found = numeral(expected), numeral(got)
        if wanted is None or found is None:
            return False
        if wanted == found:
            return True
        if found.whole and spelled_whole(expected):
            return False
        mine, theirs = wanted.approximate(), found.approximate()
        return math.isfinite(mine) and math.isfinite(theirs) and abs(theirs - mine) <= self._atol + self._rtol * abs(mine)
