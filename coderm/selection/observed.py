"""What sampling showed of one problem: its candidates, which of them are usable, and the visible examples they pass.

The one definition behind every feature, so that a study, a probe's training and a run's survey compute the same from the same.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coderm.arrays import BoolArray, IndexArray
from coderm.errors import DataError
from coderm.messages.execution import Outcome
from coderm.messages.problem import Problem
from coderm.messages.samples import Sample


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """N candidates of a problem. examples: (N, E) True where a candidate passed a visible example, or None where none ran."""

    problem: Problem
    candidates: tuple[Sample, ...]
    examples: BoolArray | None = None

    def __post_init__(self) -> None:
        if self.examples is not None and (self.examples.ndim != 2 or len(self.examples) != len(self.candidates)):
            raise DataError(
                f"{self.problem.task_id}: examples are {self.examples.shape} for {len(self.candidates)} candidates; "
                "give one row per candidate and one column per example"
            )

    @property
    def usable(self) -> tuple[int, ...]:
        """Positions of the candidates in which a program was found."""
        return tuple(place for place, sample in enumerate(self.candidates) if sample.code and not sample.rejected)

    @property
    def programs(self) -> tuple[str, ...]:
        """Texts of the usable candidates."""
        return tuple(self.candidates[place].code for place in self.usable)


def example_passes(outcomes: npt.NDArray[np.int8], program_of: npt.NDArray[np.integer]) -> BoolArray:
    """(N, E') passes of N candidates on the examples of which no verdict was lost.

    outcomes: (U, E) of Outcome by unique program. program_of: (N,) the program of each candidate, or -1: it passes nothing.
    """
    known = outcomes[:, (outcomes != Outcome.LOST).all(axis=0)]
    passed = np.zeros((len(program_of), known.shape[1]), np.bool_)
    if known.size:
        usable = program_of >= 0
        passed[usable] = known[program_of[usable]] == Outcome.PASSED
    return passed


def best_on_examples(passed: BoolArray, tampered: BoolArray) -> IndexArray:
    """Positions of those of K candidates that pass the most of (K, E) examples, tampered ones last; all where there are none."""
    if not passed.shape[1]:
        return np.arange(len(passed))
    passes = np.where(tampered, -1, passed.sum(axis=1))
    return np.flatnonzero(passes == passes.max(initial=-1))
