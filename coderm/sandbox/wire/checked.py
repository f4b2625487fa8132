"""Numbers out of a box's answers; anything else is refused."""

import math
from typing import Any


def count(value: Any, most: int) -> int:
    """Return an integer from 0 to `most`. Raises ValueError."""
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError("a number out of range")
    return value


def amount(value: Any) -> float:
    """Return a finite number that is not negative. Raises ValueError."""
    if not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError("an amount that is none")
    return float(value)
