"""Mutants that a test is the first to kill."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coderm.arrays import BoolArray
from coderm.messages.execution import NO_VERDICT, Outcome
from coderm.rewards.writers.base import Values, WrittenTests


@dataclass(frozen=True, slots=True)
class NewlyKilled:
    """r_j = mutants that test j kills and no valid test before it does / all mutants, in [0, 1].

    A mutant that fails a test is killed by it; a test that the reference does not pass kills nothing. None without a mutant, and
    where the reference or a mutant that is still alive was lost. Source: MIST-RL (arXiv 2603.01409), where only new kills count.
    """

    name: ClassVar[str] = "newly_killed"
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def __call__(self, tests: WrittenTests) -> Values:
        return [None if found is None else float(found.mean()) for found in new_kills(tests)]


def new_kills(tests: WrittenTests) -> list[BoolArray | None]:
    """Return for each test which of the K mutants it is the first to kill; None where that cannot be known."""
    if tests.mutants is None or not len(tests.mutants):
        return [None] * tests.tests
    alive = np.ones(len(tests.mutants), np.bool_)
    found: list[BoolArray | None] = []
    for place in range(tests.tests):
        column = tests.mutants[:, place]
        valid = _is_valid(tests, place)
        if valid is None or (column[alive] == Outcome.LOST).any():
            found.append(None)
            continue
        killed = alive & ~np.isin(column, (Outcome.PASSED, *NO_VERDICT)) if valid else np.zeros_like(alive)
        alive = alive & ~killed
        found.append(killed)
    return found


def _is_valid(tests: WrittenTests, place: int) -> bool | None:
    """Without a reference every test is taken as it is."""
    if tests.reference is None:
        return True
    outcome = tests.reference[place]
    return None if outcome == Outcome.LOST else bool(outcome == Outcome.PASSED)
