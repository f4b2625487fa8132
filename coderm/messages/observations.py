"""What a pass showed of a problem, and what a round decided for it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coderm.arrays import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """What one pass showed of one problem.

    usable: candidates in which a program was found. cheap: float32 (C,) of probe/features/cheap.py's CHEAP, states: float32 (S,),
    and survey: (8,) of budget/features/survey.py's SURVEY_FEATURES, all empty but after a survey. tests: run so far. passed: (V, T)
    of those of which no verdict was lost, of the usable candidates that vote (pass_matrix.judged). tokens: of the test writer for
    them, prompts and unusable answers included, cpu_s: seconds they took to run. distinct: different programs. shown_chars:
    characters of the question and a typical program. example_s: mean CPU seconds of a program on a visible example, 0 without any.
    """

    index: int
    task_id: str
    usable: int
    cheap: npt.NDArray[np.float32]
    states: npt.NDArray[np.float32]
    survey: FloatArray
    tests: int
    passed: BoolArray
    tokens: int = 0
    cpu_s: float = 0.0
    distinct: int = 0
    shown_chars: int = 0
    example_s: float = 0.0


@dataclass(frozen=True, slots=True)
class RoundAllotment:
    """One round's decision for one problem: tests it has when the round ends, predicted pass rate or NaN, first marginal gains,
    and what one more test is expected to cost in the budget's unit."""

    units: int
    predicted: float
    curve: list[float]
    cost: float = 1.0
