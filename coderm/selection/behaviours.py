"""Behaviour classes: candidates that pass exactly the same tests."""

from dataclasses import dataclass

import numpy as np

from coderm.arrays import BoolArray, IndexArray


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """K classes of identical rows. first: (K,) a member of each. index: (N,) class of each row. size: (K,) members."""

    first: IndexArray
    index: IndexArray
    size: IndexArray


def classes_of(passed: BoolArray) -> Classes:
    """Group the rows of an (N, M) matrix, N >= 1, M >= 0; order of classes is by content, not by position."""
    candidates, tests = passed.shape
    if not tests:
        return Classes(np.zeros(1, np.intp), np.zeros(candidates, np.intp), np.array([candidates], np.intp))
    packed = np.ascontiguousarray(np.packbits(passed, axis=1))
    rows = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, index, size = np.unique(rows, return_index=True, return_inverse=True, return_counts=True)
    return Classes(first, index, size)
