"""Whether a test holds for a right program."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coderm.messages.execution import Outcome
from coderm.rewards.writers.base import Values, WrittenTests
from coderm.selection.behaviours import classes_of


@dataclass(frozen=True, slots=True)
class Valid:
    """r = 1 if the reference passes the test, else 0; in [0, 1]. None where the reference was lost.

    Without a reference: the share of the largest classes of programs (who pass the same tests, at least one) that pass it, which
    is 0 or 1 where one class is the largest; 0 without any such class, None where no program votes.
    Source: the validity reward of UTRL (arXiv 2508.21107).
    """

    name: ClassVar[str] = "valid"
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def __call__(self, tests: WrittenTests) -> Values:
        if tests.reference is not None:
            return [None if outcome == Outcome.LOST else float(outcome == Outcome.PASSED) for outcome in tests.reference.tolist()]
        return _on_consensus(tests)


def _on_consensus(tests: WrittenTests) -> Values:
    passed = tests.passed
    if not len(passed):
        return [None] * tests.tests
    if not passed.any():
        return [0.0] * tests.tests
    groups = classes_of(passed)
    rows = passed[groups.first]
    some = rows.any(axis=1)
    largest = rows[some & (groups.size == groups.size[some].max())]
    return [float(share) for share in np.mean(largest, axis=0)]
