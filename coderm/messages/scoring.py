"""What is asked of the scorer and what it answers: programs of one problem, the tests that judge them, a verdict each."""

from dataclasses import dataclass, field

from coderm.messages.case_rules import NonzeroExit, StopRule
from coderm.messages.cases import Case, Comparison
from coderm.messages.execution import Grading, Limits, Outcome


@dataclass(frozen=True, slots=True)
class UnitTests:
    """Unit test modules, each with one or more `unittest.TestCase` classes."""

    tests: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.tests)


@dataclass(frozen=True, slots=True)
class Cases:
    """Input and output cases of a program that reads stdin and writes stdout."""

    cases: tuple[Case, ...]
    comparison: Comparison = field(default_factory=Comparison)
    nonzero_exit: NonzeroExit = "fails"

    def __len__(self) -> int:
        return len(self.cases)


Suite = UnitTests | Cases


@dataclass(frozen=True, slots=True)
class ScoreSettings:
    """How pairs are judged; with the texts and the sandbox's environment, what a cached verdict depends on."""

    limits: Limits = field(default_factory=Limits)
    grading: Grading = "isolated"
    fallback: bool = True
    stop: StopRule = "never"
    canaries: int = 2
    """Tests that no honest program can pass, run with each program that passes a test; 0: none. Unit tests only."""
    details: bool = False
    """Whether to keep a bounded text of why a pair did not pass."""


@dataclass(frozen=True, slots=True)
class ScoreRequest:
    """Programs of one problem to judge by one suite; equal texts are judged once."""

    problem_id: str
    programs: tuple[str, ...]
    suite: Suite
    settings: ScoreSettings = field(default_factory=ScoreSettings)


@dataclass(frozen=True, slots=True)
class ProgramVerdict:
    """One program's row. outcomes, cpu_s (seconds): one for each test of the suite, in its order.

    LOST among the outcomes: the service could not judge that pair, `lost` says why. tampered: it passed a canary.
    cached: pairs answered without running. details: {place of the test: bounded text}.
    """

    outcomes: tuple[Outcome, ...]
    cpu_s: tuple[float, ...]
    tampered: bool = False
    cached: int = 0
    lost: str = ""
    details: dict[int, str] = field(default_factory=dict)
