"""Blocks of (program, test) pairs, the limits they run under, and their results; `Outcome` is one pair's verdict."""

import enum
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

Grading = Literal["shared", "isolated"]


class Outcome(enum.IntEnum):
    """What happened to one (program, test) pair. Only PASSED is a pass.

    Three are no verdict: LOST (0, the value of an empty cell), LEFT_OUT, a pair that `Limits.row_timeouts` did not run, and
    UNSERVED, a pair that isolated grading cannot vouch for.
    """

    LOST = 0
    PASSED = 1
    FAILED = 2
    ERROR = 3
    TIMEOUT = 4
    MEMORY = 5
    OUTPUT_LIMIT = 6
    SKIPPED = 7
    NO_TESTS = 8
    TAMPERED = 9
    LEFT_OUT = 10
    UNSERVED = 11
    EXIT_STATUS = 12

    @property
    def label(self) -> str:
        """Lower-case name, as written to files."""
        return self.name.lower()


NO_VERDICT = (Outcome.LOST, Outcome.LEFT_OUT, Outcome.UNSERVED)
"""Outcomes that are neither a pass nor a failure."""

GRADINGS: tuple[Grading, ...] = ("shared", "isolated")
"""Gradings in the order of their codes in `BlockResult.grading`."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one (program, test) pair may use. CPU time is the limit that counts; wall time is a far larger backstop."""

    cpu_s: float = 1.0
    wall_s: float = 20.0
    memory_mb: int = 512
    output_kb: int = 0
    """A pair that prints more is OUTPUT_LIMIT; 0: what it prints goes nowhere."""
    processes: int = 128
    """Processes and threads."""
    files_mb: int = 8
    """Size of the scratch file system, MiB."""
    row_timeouts: int = 0
    """After so many timeouts in a row of tests, the rest of a program's row in the block is left out; 0: never."""
    borderline: float = 0.2
    """A pair whose CPU time is within this share of the limit runs again alone, and the smaller time decides; 0: never."""
    recursion: int = 0
    """Recursion limit of the interpreter; 0: Python's own. The stack may grow with it."""
    int_digits: int = 0
    """Most digits between an integer and its text; 0: Python's own limit."""
    sessions: bool = True
    """Whether tests of a program share an interpreter where that provably cannot change an outcome."""
    crowds: bool = False
    """Whether programs of a block do, too, as far as each is proved."""


@dataclass(frozen=True, slots=True)
class Block:
    """Programs x tests to run in one sandbox call; every pair of the two is run. Safe to run twice (idempotent)."""

    block_id: str
    programs: tuple[str, ...]
    tests: tuple[str, ...]
    limits: Limits = field(default_factory=Limits)
    grading: Grading = "shared"
    details: bool = False
    fallback: bool = True
    """Whether a test that isolated grading cannot serve is graded shared; otherwise it is unserved."""
    canaries: bool = False
    """Whether no honest program can pass the tests, so that a pass tells of tampering."""
    environment: str = ""
    """Sandbox.environment that has to judge it; empty: any."""
    last_canaries: int = 0
    """So many of the last tests are canaries, where the others are not."""

    @property
    def canary_columns(self) -> int:
        """How many tests, from the last one on, are canaries."""
        return len(self.tests) if self.canaries else self.last_canaries


@dataclass(frozen=True, slots=True, eq=False)
class BlockResult:
    """Verdicts of one block.

    outcomes: int8 (N, M) of Outcome. cpu_s: float32 (N, M), seconds. grading: int8 (N, M), index into GRADINGS, the grading
    that really decided. reruns: pairs run again for being borderline, flips: those of them whose outcome changed. endless:
    timeouts that were proved before their limit. details: {(i, j): bounded text} for pairs that did not pass, only when asked
    for. memory_mb: memory of the box after the block, MiB, 0 where it tells none. recycled: why the box was exchanged before
    the block; empty: it was not. seconds: what the box worked on the block, without its wait for the box; 0: not told.
    """

    block_id: str
    outcomes: npt.NDArray[np.int8]
    cpu_s: npt.NDArray[np.float32]
    grading: npt.NDArray[np.int8]
    details: dict[tuple[int, int], str] = field(default_factory=dict)
    memory_mb: float = 0.0
    recycled: str = ""
    reruns: int = 0
    flips: int = 0
    endless: int = 0
    seconds: float = 0.0
