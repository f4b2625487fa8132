"""The logarithm of the gamma function over arrays, since numpy has none."""

import math

import numpy as np

from coderm.arrays import FloatArray

SHIFT = 12
"""Smaller arguments are raised by so much first: from 12 on, the five terms below leave an error under 1e-14."""
STIRLING = (1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12)
"""Coefficients of the asymptotic series in odd powers of 1/x, highest power (9) first."""


def lgamma(x: FloatArray) -> FloatArray:
    """Return ln Gamma(x) for x > 0 of any shape, to a few units in the last place (absolute near the zeros at 1 and 2)."""
    small = x < SHIFT
    raised = np.where(small, x + SHIFT, x)
    inverse = 1 / raised
    tail = np.polyval(STIRLING, inverse * inverse) * inverse
    total: FloatArray = (raised - 0.5) * np.log(raised) - raised + (0.5 * math.log(2 * math.pi) + tail)
    product = np.multiply.reduce(x[small, None] + np.arange(SHIFT), axis=-1)
    total[small] -= np.log(product)
    return total
