"""Names of the numpy arrays that the library passes around."""

import numpy as np
import numpy.typing as npt

BoolArray = npt.NDArray[np.bool_]


FloatArray = npt.NDArray[np.float64]


IndexArray = npt.NDArray[np.intp]


UnitArray = npt.NDArray[np.int64]


OutcomeArray = npt.NDArray[np.int8]
"""Codes of `coderm.messages.execution.Outcome`."""
