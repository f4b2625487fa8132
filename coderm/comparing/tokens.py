"""Tokens: the same words in the same order, however they are spaced. The default.

T(x) = what stands between white space in x.
equal(E, G)  <=>  |T(G)| = |T(E)|  and  T(G)_i = T(E)_i as text for all i.

No word is a number here: 5.0 is not 5, and 1e3 is not 1000.
"""

from itertools import starmap, zip_longest
from operator import eq

from coderm.comparing.texts import encoded
from coderm.comparing.texts import tokens as split


def equal(expected: str, got: bytes) -> bool:
    """Whether the words are the same."""
    wanted = encoded(expected)
    return wanted == got or all(starmap(eq, zip_longest(split(wanted), split(got))))
