"""Decimal numerals as texts: read without arithmetic, so that a numeral of any length costs linear time.

A numeral is `[+-]? (digits [. digits?] | . digits) ([eE] [+-]? digits)?` in ASCII. `1_0`, `0x10`, `nan`, `inf` and digits of other
scripts are words.
"""

import re
from dataclasses import dataclass

MAX_EXPONENT_DIGITS = 18
"""A numeral with a longer exponent is a word: no double has more than three, and longer ones cost time to read."""
FLOAT_DIGITS = 40
"""Leading digits that a double is made of; 17 tell every double apart."""
_NUMERAL = re.compile(
    rb"(?P<sign>[+-]?)(?:(?P<whole>[0-9]++)(?:\.(?P<part>[0-9]*+))?|\.(?P<only>[0-9]++))(?:[eE](?P<exponent>[+-]?[0-9]++))?"
)


@dataclass(frozen=True, slots=True)
class Numeral:
    """(-1)^negative * digits * 10^exponent, `digits` without zeros at either end; of 0 it is empty. Equal iff the values are."""

    negative: bool
    digits: bytes
    exponent: int

    @property
    def whole(self) -> bool:
        """Whether the value is an integer."""
        return self.exponent >= 0

    def approximate(self) -> float:
        """Return the nearest double but for rounding of digits beyond the 40th; infinite where no double is large enough."""
        digits = self.digits[:FLOAT_DIGITS]
        exponent = self.exponent + len(self.digits) - len(digits)
        return float(b"%s%se%d" % (b"-" if self.negative else b"", digits or b"0", exponent))


def numeral(token: bytes) -> Numeral | None:
    """Read a token; None for a word."""
    found = _NUMERAL.fullmatch(token)
    if found is None:
        return None
    part = found["part"] or found["only"] or b""
    power = _exponent(found["exponent"] or b"0")
    if power is None:
        return None
    digits = ((found["whole"] or b"") + part).lstrip(b"0")
    kept = digits.rstrip(b"0")
    if not kept:
        return Numeral(False, b"", 0)
    return Numeral(found["sign"] == b"-", kept, power - len(part) + len(digits) - len(kept))


def _exponent(text: bytes) -> int | None:
    digits = text.lstrip(b"+-").lstrip(b"0")
    if len(digits) > MAX_EXPONENT_DIGITS:
        return None
    return -int(digits or b"0") if text.startswith(b"-") else int(digits or b"0")


def spelled_whole(token: bytes) -> bool:
    """Whether a token is written as an integer: a sign and digits."""
    return token.lstrip(b"+-").isdigit()
