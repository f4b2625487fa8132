"""Input and output cases, how outputs are compared, and blocks of (program, case) pairs."""

from dataclasses import dataclass, field

from coderm.messages.case_rules import ComparisonName, NonzeroExit, StopRule
from coderm.messages.execution import Limits


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a program's output is held against the expected one; `coderm.comparing` has the rules."""

    name: ComparisonName = "tokens"
    rtol: float = 1e-6
    """Relative tolerance of `allclose`."""
    atol: float = 1e-6
    """Absolute tolerance of `allclose`."""
    checker: str = ""
    """Source of the checker program of `checker`."""


@dataclass(frozen=True, slots=True)
class Case:
    """One input and its expected output; `input` goes to stdin, `expected` never enters the program's box."""

    input: str
    expected: str


@dataclass(frozen=True, slots=True)
class CaseBlock:
    """Programs x cases to run in one sandbox call, each pair a process of its own; answered by a BlockResult.

    Safe to run twice (idempotent).
    """

    block_id: str
    programs: tuple[str, ...]
    cases: tuple[Case, ...]
    comparison: Comparison = field(default_factory=Comparison)
    nonzero_exit: NonzeroExit = "fails"
    """Whether a program that ends with another status than 0 is `exit_status`, or judged by what it wrote."""
    stop: StopRule = "never"
    """`first_failure`: the pairs after a program's first one that did not pass are left out."""
    limits: Limits = field(default_factory=Limits)
    """Limits of one pair."""
    details: bool = False
    """Whether to keep a bounded text of why a pair did not pass."""
    environment: str = ""
    """Sandbox.environment that has to judge it; empty: any."""
