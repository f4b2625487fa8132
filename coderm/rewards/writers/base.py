"""What the rewards of a problem's tests are computed from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from coderm.arrays import BoolArray
from coderm.errors import DataError
from coderm.messages.execution import Outcome

Values = Sequence[float | None]
"""One value for each test, None where it cannot be known."""


@dataclass(frozen=True, slots=True, eq=False)
class WrittenTests:
    """M tests of one problem, and what N programs and K mutants made of them.

    outcomes: int8 (N, M) of Outcome. reference: (M,) what a program that is known to be right ended with; None: there is none.
    labels: (N,) which programs are right; None: unknown. mutants: int8 (K, M) of Outcome, mutants of right programs; None: none.
    Raises DataError when shapes disagree.
    """

    outcomes: npt.NDArray[np.int8]
    reference: npt.NDArray[np.int8] | None = None
    labels: BoolArray | None = None
    mutants: npt.NDArray[np.int8] | None = None

    def __post_init__(self) -> None:
        programs, tests = self.outcomes.shape
        for name, axis, wanted in (("reference", 0, tests), ("labels", 0, programs), ("mutants", 1, tests)):
            given = getattr(self, name)
            if given is not None and given.shape[axis] != wanted:
                raise DataError(f"tests of a writer: {name} has {given.shape[axis]} entries where the matrix has {wanted}")

    @property
    def tests(self) -> int:
        """Number of tests."""
        return int(self.outcomes.shape[1])

    @property
    def voters(self) -> npt.NDArray[np.intp]:
        """Programs without a lost pair that did not tamper: only they say something about a test."""
        silent = np.isin(self.outcomes, (Outcome.LOST, Outcome.TAMPERED)).any(axis=1)
        return np.flatnonzero(~silent)

    @property
    def passed(self) -> BoolArray:
        """(voters, M) What they passed."""
        return np.asarray(self.outcomes[self.voters] == Outcome.PASSED, np.bool_)


class WriterTerm(Protocol):
    """One term of a reward for tests: pure, the same matrix gives the same values."""

    @property
    def name(self) -> str:
        """Name in requests."""

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest value."""

    def __call__(self, tests: WrittenTests) -> Values:
        """Value of each test, in order."""
