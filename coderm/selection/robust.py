"""The robust rule: B4 with a prior that means the same on a matrix of any size.

B4's benchmarks use a = 1e3 and b0 up to 1e6 on matrices of 100 x 100. The strong prior says that a wrong test is hardly ever
passed by anybody else; it keeps the vote of strong tests, and the class size still breaks the lead of lonely candidates that
weak tests happen to like. Here it is stated per candidate, per test and per cell.
"""

from dataclasses import dataclass
from typing import ClassVar

from coderm.arrays import BoolArray, FloatArray
from coderm.selection.b4 import class_scores
from coderm.selection.behaviours import classes_of

PER_SIDE = 10.0
"""B4's a = 1e3 for each of 100 candidates and of 100 tests."""
PER_CELL = 100.0
"""B4's b0 = 1e6 for each of 100 x 100 cells."""


@dataclass(frozen=True, slots=True)
class Robust:
    """B4's score with a = 10 N for the class, 10 M for its tests and b0 = 100 N M."""

    name: ClassVar[str] = "robust"

    def __call__(self, passed: BoolArray) -> FloatArray:
        candidates, tests = passed.shape
        groups = classes_of(passed)
        alpha, beta = (PER_SIDE * candidates, PER_SIDE * max(tests, 1)), PER_CELL * max(candidates * tests, 1)
        return class_scores(passed[groups.first], groups.size, alpha, beta)[groups.index]
