"""How well a test parts right programs from wrong ones."""

from dataclasses import dataclass
from typing import ClassVar

from coderm.rewards.writers.base import Values, WrittenTests
from coderm.selection.leave_one_out import leave_one_out_auc


@dataclass(frozen=True, slots=True)
class Discrimination:
    """r = alpha - beta, the pass rates of right and of wrong programs, in [-1, 1]; None where there are none of either.

    Without labels: 2 AUC_j - 1, with AUC_j how often a program that passes the test beats one that fails it by the number of other
    tests passed; 0 for a test that parts nobody, None for fewer than two programs. Source: alpha, beta and the leave-one-out AUC of
    ACES (arXiv 2604.03922), whose expectation is proportional to alpha - beta.
    """

    name: ClassVar[str] = "discrimination"
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def __call__(self, tests: WrittenTests) -> Values:
        passed = tests.passed
        if tests.labels is None:
            return [None] * tests.tests if len(passed) < 2 else [float(2 * auc - 1) for auc in leave_one_out_auc(passed)]
        right = tests.labels[tests.voters]
        if right.all() or not right.any():
            return [None] * tests.tests
        return [float(value) for value in passed[right].mean(axis=0) - passed[~right].mean(axis=0)]
