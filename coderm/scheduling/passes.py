"""A run's passes over its problems, and what a pass that is not the last brings home of each.

A run whose budget depends on what is seen goes over all problems several times: a survey (candidates and features, no tests), then
one pass a round of tests, the last of which finishes the problems. A pass forgets a problem when it is done; the journal answers
commands of earlier passes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from coderm.arrays import UnitArray
from coderm.messages.hidden_states import StateSpec


@dataclass(frozen=True, slots=True)
class PassPlan:
    """What one pass over P problems is to do.

    rounds: for each round so far, this one included, the (P,) tests a problem has in all when the round ends; they never fall.
    number: of the pass, from 0. of: passes of the run. spec: hidden states to read of every problem, or None.
    """

    problems: int
    rounds: tuple[Sequence[int] | UnitArray, ...]
    number: int = 0
    of: int = 1
    spec: StateSpec | None = None

    @classmethod
    def single(cls, units: Sequence[int]) -> Self:
        """The only pass of a run whose budget depends on nothing."""
        return cls(len(units), (units,))

    @property
    def final(self) -> bool:
        """Whether problems are finished, not only observed."""
        return self.number == self.of - 1

    @property
    def survey(self) -> bool:
        """Whether this pass reads features and asks for no test."""
        return not self.rounds

    def targets(self, index: int) -> tuple[int, ...]:
        """Tests problem `index` has after each round."""
        return tuple(int(units[index]) for units in self.rounds)
