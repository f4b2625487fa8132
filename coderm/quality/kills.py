"""Mutants killed: by each test, anew by each test, and by all of them.

A mutant is a program that is wrong by one change of a right one. A test kills it when the mutant has a verdict there that is no
pass, and the test is valid: the reference passes it. A mutant that behaves as the original does cannot be killed, and nobody knows
which do; so shares are lower bounds, comparable between suites that meet the same mutants.
"""

from dataclasses import dataclass

import numpy as np

from coderm.arrays import BoolArray, UnitArray
from coderm.messages.execution import Outcome
from coderm.quality.columns import failed
from coderm.rewards.writers.base import WrittenTests
from coderm.rewards.writers.newly_killed import new_kills


@dataclass(frozen=True, slots=True, eq=False)
class Kills:
    """K mutants against M tests. killed: (K, M). anew: (M,) mutants that a test is the first to kill; a lost one counts nowhere."""

    killed: BoolArray
    anew: UnitArray

    @property
    def mutants(self) -> int:
        """How many mutants met the tests."""
        return len(self.killed)

    @property
    def by_test(self) -> UnitArray:
        """(M,) mutants that each test kills by itself."""
        return np.asarray(np.count_nonzero(self.killed, axis=0), np.int64)

    @property
    def by_all(self) -> int:
        """Mutants that any test kills."""
        return int(self.killed.any(axis=1).sum())

    @property
    def share(self) -> float:
        """Share of the mutants that any test kills; NaN without mutants."""
        return self.by_all / self.mutants if self.mutants else float("nan")


def kills(tests: WrittenTests) -> Kills:
    """Return who kills whom; without a reference every test is taken as valid."""
    if tests.mutants is None or not len(tests.mutants):
        return Kills(np.zeros((0, tests.tests), np.bool_), np.zeros(tests.tests, np.int64))
    valid = np.ones(tests.tests, np.bool_) if tests.reference is None else tests.reference == Outcome.PASSED
    anew = [0 if found is None else int(found.sum()) for found in new_kills(tests)]
    return Kills(np.asarray(failed(tests.mutants) & valid, np.bool_), np.array(anew, np.int64))
