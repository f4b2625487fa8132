import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderm.selection.log_gamma import lgamma


@given(st.lists(st.floats(1e-3, 1e9), max_size=20))
def test_it_agrees_with_the_scalar_function(values):
    expected = [math.lgamma(value) for value in values]
    np.testing.assert_allclose(lgamma(np.array(values)), expected, rtol=1e-14, atol=1e-13)


@pytest.mark.parametrize("x", [0.5, 1.0, 2.0, 11.999999, 12.0, 12.000001, 1e3, 1e6, 1e18])
def test_it_holds_at_zeros_at_the_shift_and_far_out(x):
    assert lgamma(np.array([[x]]))[0, 0] == pytest.approx(math.lgamma(x), rel=1e-14, abs=1e-13)
