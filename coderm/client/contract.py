"""The JSON of the reward service: what a request and an answer hold. Shared by server and clients; needs pydantic alone."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from coderm.messages.case_rules import ComparisonName, NonzeroExit, StopRule

RewardStatus = Literal[
    "scored",
    "no_code",
    "timeout",
    "memory",
    "output_limit",
    "exit_status",
    "error",
    "tampered",
    "unserved",
    "too_large",
    "no_tests",
    "broken_tests",
    "no_signal",
    "unknown_problem",
    "refused",
    "lost",
    "overloaded",
    "deadline",
    "cancelled",
    "engine_down",
]
"""Why a reward is what it is; `coderm.rewards.statuses` is the table of who can have caused each."""


class Part(BaseModel):
    """A part of a request or answer; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CaseText(Part):
    """One input/output case."""

    input: str
    output: str


class UnitTestSuite(Part):
    """Unit test modules."""

    type: Literal["unittest"] = "unittest"
    tests: tuple[str, ...]


class CaseSuite(Part):
    """Cases of a program that reads stdin and writes stdout."""

    type: Literal["stdin"] = "stdin"
    cases: tuple[CaseText, ...]
    compare: ComparisonName = "tokens"
    rtol: float = Field(1e-6, ge=0)
    atol: float = Field(1e-6, ge=0)
    checker: str = ""
    nonzero_exit: NonzeroExit = "fails"


SuiteText = Annotated[UnitTestSuite | CaseSuite, Field(discriminator="type")]


class ProblemText(Part):
    """A whole problem: what `POST /v1/problems` registers, and what an item may hold in place of an id."""

    id: str = Field(min_length=1, max_length=512)
    question: str = ""
    entry_point: str = ""
    prelude: str = ""
    examples: tuple[str, ...] = ()
    suite: SuiteText | None = None
    """The problem's own tests; none: the bank's, written by the service's test writer."""
    kind: Literal["unittest", "stdin"] = "unittest"
    """What the test writer writes. `stdin`: cases, for programs that read stdin; a `suite` without one says how they compare."""
    cpu_s: float | None = Field(None, gt=0)
    """CPU limit of one pair, seconds; none: the service's."""

    @property
    def own_suite(self) -> "SuiteText | None":
        """The tests that it brings; None: they are to be written."""
        compares_only = self.kind == "stdin" and isinstance(self.suite, CaseSuite) and not self.suite.cases
        return None if compares_only else self.suite


class ProgramText(Part):
    """A program: as code, or as raw model output that the service reads the code from."""

    code: str | None = None
    output: str | None = None


class RewardTerm(Part):
    """One term of a reward: its name and weight, and options as `docs/rewards.md` lists them."""

    name: str
    weight: FiniteFloat = 1.0
    options: dict[str, Any] = Field(default_factory=dict)


class ScoreItem(Part):
    """Programs of one problem. `group`: the whole list is one group of rollouts, for terms that compare within it."""

    problem: str | ProblemText
    programs: tuple[ProgramText, ...]

    @property
    def answers(self) -> int:
        """Answers that it gets: one a program."""
        return len(self.programs)

    @property
    def texts(self) -> int:
        """Programs and tests in it."""
        return len(self.programs)


class ScoreCall(Part):
    """Body of `POST /v1/score`. The key of idempotency travels as the header `Idempotency-Key`."""

    items: tuple[ScoreItem, ...]
    reward: str | tuple[RewardTerm, ...] = "fraction"
    """The name of one term, or a weighted sum of terms."""
    stop: StopRule = "never"
    """`first_failure`: a program's tests after its first one that did not pass are not run."""
    deadline_s: float = Field(60.0, gt=0, le=3600)
    """From arrival; what is not judged by then is null with status `deadline`."""
    stream: bool = False
    """Answer as NDJSON: a line for each program the moment its reward is known, then one `end` line."""


class WrittenText(Part):
    """What a test writer wrote: a unit test module, a case, or raw model output that the service reads tests from."""

    code: str | None = None
    case: CaseText | None = None
    output: str | None = None


class WriterItem(Part):
    """Tests written for one problem, which are one group, and what judges them."""

    problem: str | ProblemText
    """Where it has cases of its own, written cases are compared as those are."""
    tests: tuple[WrittenText, ...]
    """The texts, in their order: terms that ask what is new count from the first."""
    kind: Literal["unittest", "stdin"] = "unittest"
    """Whether the outputs hold unit tests, or cases of a program that reads stdin; an output may hold several cases."""
    reference: str = ""
    """A program that is known to be right; empty: there is none."""
    programs: tuple[ProgramText, ...] = ()
    """Other programs, right and wrong. What cannot be read is left out."""
    labels: tuple[bool, ...] | None = None
    """Which of `programs` are right, one for each; none: unknown."""
    mutants: int = Field(0, ge=0, le=256)
    """Mutants of the reference to make, at most."""
    seed: int = 0
    """Which mutants; the same seed makes the same ones."""

    @property
    def answers(self) -> int:
        """Answers that it gets: one a written text."""
        return len(self.tests)

    @property
    def texts(self) -> int:
        """Programs and tests in it."""
        return len(self.tests) + len(self.programs) + self.mutants + bool(self.reference)


class WriterCall(Part):
    """Body of `POST /v1/score_tests`; answered as a ScoreCall is, `program` being the place of a text in `tests`."""

    items: tuple[WriterItem, ...]
    reward: str | tuple[RewardTerm, ...] = "valid"
    """The name of one term for test writers, or a weighted sum of such terms."""
    deadline_s: float = Field(60.0, gt=0, le=3600)
    """From arrival; what is not judged by then is null with status `deadline`."""
    stream: bool = False
    """Answer as NDJSON: a line for each text, an item's lines when the item is judged, then one `end` line."""


Call = ScoreCall | WriterCall


class ProgramReward(Part):
    """One program's reward. Lost ones are null: `reward is None` iff the status is one that the program cannot cause."""

    item: int
    program: int
    reward: FiniteFloat | None
    status: RewardStatus
    caused_by: Literal["program", "problem", "service"]
    passed: int = 0
    tests: int = 0
    cached: int = 0
    terms: dict[str, FiniteFloat] = Field(default_factory=dict)
    outcomes: tuple[str, ...] = ()
    """Outcome of each test; only at detail level `which` or above, which the server sets."""
    details: dict[int, str] = Field(default_factory=dict)
    """Expected and got; only at detail level `full`."""
    message: str = ""
    """Why there is no reward, and the remedy."""


class ScoreAnswer(Part):
    """Body of the answer: every program's reward, in the order of items and programs."""

    results: tuple[ProgramReward, ...]


class StreamEnd(Part):
    """Last line of a stream; a stream without it was cut, and what did not come is lost."""

    end: Literal[True] = True
    results: int


class ErrorAnswer(Part):
    """Body of an answer that is no 200: what is wrong and what to do. `retry_after_s` also travels as Retry-After."""

    error: str
    code: str
    retry_after_s: float | None = None


class ProblemAnswer(Part):
    """What the bank knows of a problem."""

    id: str
    suite: Literal["given", "bank", "none"]
    tests: int
    retired: int = 0
    wanted: int = 0
    state: Literal["ready", "writing", "waiting", "failed"] = "ready"
    message: str = ""
