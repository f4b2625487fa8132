"""The record of a finished problem."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from coderm.messages.problem import Problem
from coderm.messages.samples import Sample


@dataclass(frozen=True, slots=True, eq=False)
class ProblemResult:
    """Everything known about a finished problem.

    candidates: N samples in order (a rejected one keeps its place). program_of: int32 (N,), the unique program of each
    candidate or -1. tests: M samples; unit_test_of: int32 (M,). programs and unit_tests: the U and T unique texts.
    outcomes, grading: int8 (U, T); cpu_s: float32 (U, T), seconds. checks: int8 (U, C) outcomes of the hidden checks,
    check_grading: int8 (U, C) how each was graded, empty in journals of older versions.
    examples: int8 (U, E) outcomes of the visible ones, which count nowhere else.
    units: tests allotted, `rounds` of them in each round; asked: tests sampled to meet them.
    rejected: {"role:reason": count}.
    """

    index: int
    problem: Problem
    candidates: tuple[Sample, ...]
    program_of: npt.NDArray[np.int32]
    programs: tuple[str, ...]
    tests: tuple[Sample, ...]
    unit_test_of: npt.NDArray[np.int32]
    unit_tests: tuple[str, ...]
    outcomes: npt.NDArray[np.int8]
    cpu_s: npt.NDArray[np.float32]
    grading: npt.NDArray[np.int8]
    checks: npt.NDArray[np.int8]
    units: int
    asked: int
    check_grading: npt.NDArray[np.int8] = field(default_factory=lambda: np.zeros((0, 0), np.int8))
    examples: npt.NDArray[np.int8] = field(default_factory=lambda: np.zeros((0, 0), np.int8))
    rounds: tuple[int, ...] = ()
    details: dict[tuple[int, int], str] = field(default_factory=dict)
    """Why the pair of a unique program and a unique test did not pass; only when `sandbox.details` is on."""
    check_details: dict[tuple[int, int], str] = field(default_factory=dict)
    """The same of a unique program and a hidden check."""
    rejected: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    """Tokens written by each role, and under `ROLE_prompt` those of its prompts."""
    lost: tuple[str, ...] = ()
    """Commands that were given up, each with its reason."""
    canaries: int = 0
    """Canaries made; every program that passed a test met those there were."""
    skipped: int = 0
    """Pairs of unique texts skipped by early stopping; then, and only then, a LOST cell is one of them and nothing was lost."""
    reruns: int = 0
    """Pairs run again for ending near the limit, checks included."""
    flips: int = 0
    """Those of the reruns whose outcome changed."""
    endless: int = 0
    """Timeouts that were proved before the limit was reached, checks included."""
    recycled: dict[str, int] = field(default_factory=dict)
    """Boxes exchanged between its blocks, by reason."""
    tampered: tuple[int, ...] = ()
    """Places of the unique programs that passed a canary."""
    generations: dict[str, tuple[Sample, ...]] = field(default_factory=dict)
    """Every text each role wrote, in order; what the scripted backend replays."""
