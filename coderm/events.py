"""What the scheduler hears (events) and what it asks for (commands), plus the record of a finished problem.

Owns the vocabulary between the pure scheduler, its shell and the journal. Every command carries an id made of content, so
that the same journal gives the same commands and an answer can be looked up instead of asked for again.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from coderm.messages import Block, BlockResult, GenerationRequest, Problem, Role
from coderm.passes import Observation
from coderm.probe.spec import States, StatesRequest

BlockKind = Literal["tests", "checks", "canaries", "examples"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One text of a model as read back: `code` and its normalised `key`, or a typed `rejected` reason and no code."""

    raw: str
    code: str = ""
    key: str = ""
    rejected: str = ""
    tokens: int = 0
    finish: str = "stop"
    mean_logprob: float | None = None


@dataclass(frozen=True, slots=True)
class ProblemArrived:
    """A problem enters the run; `programs` and `tests` are given by the user or None (generate them)."""

    index: int
    problem: Problem
    programs: tuple[Sample, ...] | None = None
    tests: tuple[Sample, ...] | None = None


@dataclass(frozen=True, slots=True)
class Sampled:
    """A Generate command is answered."""

    command_id: str
    samples: tuple[Sample, ...]
    prompt_tokens: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Executed:
    """An Execute command is answered."""

    command_id: str
    result: BlockResult


@dataclass(frozen=True, slots=True)
class CommandLost:
    """The worker under a command was lost; nothing is known about the answer."""

    command_id: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """A Look command is answered."""

    command_id: str
    states: States


Event = ProblemArrived | Sampled | Executed | Looked | CommandLost


@dataclass(frozen=True, slots=True)
class Generate:
    """Sample texts for one problem and read them back (programs for the policy, unit tests for CodeRM)."""

    command_id: str
    request: GenerationRequest
    problem: Problem

    @property
    def role(self) -> Role:
        """Whose engine answers."""
        return self.request.role


@dataclass(frozen=True, slots=True)
class Execute:
    """Run one block; `rows` and `columns` are the places of its programs and tests among the problem's unique ones."""

    command_id: str
    task_id: str
    kind: BlockKind
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    block: Block

    @property
    def pairs(self) -> int:
        """Cells of the pass matrix, or verdicts of checks, that it fills; canaries fill none."""
        return 0 if self.kind == "canaries" else len(self.rows) * len(self.columns)


@dataclass(frozen=True, slots=True, eq=False)
class ProblemResult:
    """Everything known about a finished problem.

    candidates: N samples in order (a rejected one keeps its place). program_of: int32 (N,), the unique program of each
    candidate or -1. tests: M samples; test_of: int32 (M,). programs and unit_tests: the U and T unique texts.
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
    test_of: npt.NDArray[np.int32]
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


@dataclass(frozen=True, slots=True)
class Look:
    """Read a model's hidden states about one problem and its programs."""

    command_id: str
    request: StatesRequest


@dataclass(frozen=True, slots=True, eq=False)
class Observe:
    """Record what pass `number` showed of a problem and forget the problem until the next pass."""

    command_id: str
    number: int
    observation: Observation


@dataclass(frozen=True, slots=True, eq=False)
class Finish:
    """Record a finished problem and forget it."""

    command_id: str
    result: ProblemResult


Ask = Generate | Execute | Look
"""Commands that somebody answers."""

Command = Ask | Observe | Finish
