"""Penalty for tests that add nothing to those before them."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coderm.rewards.writers.base import Values, WrittenTests
from coderm.rewards.writers.newly_killed import new_kills


@dataclass(frozen=True, slots=True)
class Redundancy:
    """r_j = -(useless tests up to j, itself counted) / M for a useless test, 0 for any other; in [-1, 0].

    A test is useless that kills no mutant anew; without mutants, one that the same programs pass as an earlier test. None where
    that cannot be known. Source: the growing penalty of MIST-RL (arXiv 2603.01409).
    """

    name: ClassVar[str] = "redundancy"
    bounds: ClassVar[tuple[float, float]] = (-1.0, 0.0)

    def __call__(self, tests: WrittenTests) -> Values:
        values: list[float | None] = []
        count = 0
        for found in useless(tests):
            count += found is True
            values.append(None if found is None else -count / tests.tests if found else 0.0)
        return values


def useless(tests: WrittenTests) -> list[bool | None]:
    """Return for each test whether it adds nothing to those before it; None where that cannot be known."""
    if tests.mutants is not None and len(tests.mutants):
        return [None if found is None else not found.any() for found in new_kills(tests)]
    if not len(tests.voters):
        return [None] * tests.tests
    columns = [np.packbits(column).tobytes() for column in tests.passed.T]
    return [column in columns[:place] for place, column in enumerate(columns)]
