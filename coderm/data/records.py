"""A record on its way through the stages, and the names of why one ends."""

import enum
from dataclasses import dataclass, field

from coderm.messages.problem import Problem
from coderm.messages.scoring import Suite


class StageName(enum.StrEnum):
    """Stages, in their order."""

    READ = "read"
    FILTER = "filter"
    NEAR_DUPLICATES = "near_duplicates"
    DECONTAMINATE = "decontaminate"
    SUITABILITY = "suitability"
    FUNCTION_FORM = "function_form"
    SYNTHESIZE = "synthesize"
    REPAIR = "repair"
    QUALITY = "quality"


STAGES = tuple(StageName)


class Why(enum.StrEnum):
    """Why a record is no part of the data set."""

    UNREADABLE_ROW = "unreadable_row"
    """The row is no record of its source's format."""
    FAULTY_RECORD = "faulty_record"
    """The source's reader refuses it; the detail has the reader's reason."""
    CHANGED_VALUES = "changed_values"
    """A value was turned into a date or a time on its way."""
    DOUBLE_ID = "double_id"
    """Its id was there before."""
    NO_CODE = "no_code"
    """No right program comes with it."""
    NOT_PYTHON = "not_python"
    """Its program is no Python."""
    TOO_DEEP = "too_deep"
    """Its program, or a test of it, is nested too deeply to be read."""
    TOO_LARGE = "too_large"
    """A text of it does not fit into what is sent to a sandbox."""
    NETWORK = "network"
    CLOCK = "clock"
    RANDOMNESS = "randomness"
    THREADS = "threads"
    INPUT = "input"
    FILES = "files"
    PROCESSES = "processes"
    NEAR_DUPLICATE = "near_duplicate"
    """Its question is nearly that of an earlier record."""
    BENCHMARK_TEXT = "benchmark_text"
    """Its question holds that of a benchmark problem."""
    BENCHMARK_TREE = "benchmark_tree"
    """Its program is that of a benchmark problem, names and layout aside."""
    BENCHMARK_EXAMPLES = "benchmark_examples"
    """Its question shows the examples of a benchmark problem."""
    UNSUITABLE = "unsuitable"
    """The model named a category; the detail has it."""
    NO_VERDICT = "no_verdict"
    """The model's judgement has no readable YES or NO."""
    PROMPT_TOO_LONG = "prompt_too_long"
    """A prompt does not fit the model's context."""
    REFUSED = "refused"
    """The backend refuses the prompt."""
    NO_FUNCTION = "no_function"
    """Its program has no function that could be tested."""
    REFERENCE_FAILS = "reference_fails"
    """Its program fails the source's own cases."""
    NOT_CONVERTED = "not_converted"
    """Programs of standard input are not converted here."""
    BAD_REWRITE = "bad_rewrite"
    """The rewriting is not of the form asked for; the detail says where."""
    CONVERSION_FAILS = "conversion_fails"
    """The function does not reproduce the outputs of the original cases."""
    NO_VALID_TEST = "no_valid_test"
    """No test was both usable and passed by the right program."""
    NO_TEST_LEFT = "no_test_left"
    """Quality control left none."""


class Drop(enum.StrEnum):
    """Why a usable test is no part of the data set."""

    CUT_SHORT = "cut_short"
    """Its answer ended inside the test at the limit of tokens: what learns from it learns to stop there."""
    TAUTOLOGY = "tautology"
    """It holds no case: nothing that it expects is independent of the program."""
    NEAR_DUPLICATE = "near_duplicate"
    """It holds the cases of an earlier one."""
    ACCEPTS_WRONG = "accepts_wrong"
    """Wrong programs pass it too often."""
    REJECTS_RIGHT = "rejects_right"
    """Right programs fail it too often."""
    KILLS_NONE = "kills_none"
    """No mutant gives it a wrong value."""
    NOTHING_NEW = "nothing_new"
    """Better tests kill every mutant that it kills."""
    NOT_CHOSEN = "not_chosen"
    """The rule keeps better ones."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that ends; `detail` is bounded, and names no text of the record beyond ids."""

    why: Why
    detail: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", self.detail[:200])


@dataclass(frozen=True, slots=True)
class Rates:
    """Verdicts of one test on the weak model's programs against their labels; positive: accepted."""

    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0
    true_negatives: int = 0

    @property
    def false_positive_rate(self) -> float | None:
        """FP / (FP + TN), the textbook false acceptance rate; None where no program is wrong."""
        return _share(self.false_positives, self.true_negatives)

    @property
    def false_negative_rate(self) -> float | None:
        """FN / (FN + TP), the textbook false rejection rate; None where no program is right."""
        return _share(self.false_negatives, self.true_positives)

    @property
    def false_discovery_rate(self) -> float | None:
        """FP / (FP + TP), the paper's FAR; None where no program is accepted."""
        return _share(self.false_positives, self.true_positives)

    @property
    def false_omission_rate(self) -> float | None:
        """FN / (FN + TN), the paper's FRR; None where no program is rejected."""
        return _share(self.false_negatives, self.true_negatives)


def _share(part: int, rest: int) -> float | None:
    return part / (part + rest) if part + rest else None


@dataclass(frozen=True, slots=True)
class WrittenTest:
    """A valid unit test. repaired: rounds of repair it took; kills: places of the mutants it kills."""

    code: str
    key: str
    repaired: int = 0
    rates: Rates = Rates()
    kills: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FailingTest:
    """A usable test that the right program does not pass, and what the interpreter said."""

    code: str
    key: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class WeakProgram:
    """A program of the weak model; right: by the label, None where it is unknown."""

    code: str
    right: bool | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One problem with a right program, and what the stages have found so far.

    position: place among all rows of all sources, from 0. origin: the source as the configuration names it. labels: the source's
    own cases, None where there are none. adapter: functions between the text of a case and the function, of a converted problem.
    mutants: how many there were. dropped: tests left out, by reason.
    """

    position: int
    origin: str
    problem: Problem
    labels: Suite | None = None
    adapter: str = ""
    tests: tuple[WrittenTest, ...] = ()
    failing: tuple[FailingTest, ...] = ()
    programs: tuple[WeakProgram, ...] = ()
    mutants: int = 0
    dropped: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unread:
    """A row that became no record."""

    position: int
    origin: str
    where: str
    rejected: Rejected


@dataclass(slots=True)
class Cost:
    """What a stage of a record has cost: tokens of prompts and answers, CPU seconds of programs, samples, pairs run."""

    tokens: int = 0
    cpu_s: float = 0.0
    samples: int = 0
    pairs: int = 0

    def add(self, other: "Cost") -> None:
        """Take another cost in."""
        self.tokens += other.tokens
        self.cpu_s += other.cpu_s
        self.samples += other.samples
        self.pairs += other.pairs


@dataclass(frozen=True, slots=True)
class Kept:
    """A record of the data set: what is written of it."""

    position: int
    origin: str
    task_id: str
    question: str
    reference: str
    tests: tuple[WrittenTest, ...]
    programs: tuple[WeakProgram, ...]
    mutants: int = 0
    dropped: dict[str, int] = field(default_factory=dict)

    @staticmethod
    def of(record: Record) -> "Kept":
        """Return what is kept of a record."""
        problem = record.problem
        return Kept(
            record.position, record.origin, problem.task_id, problem.question, problem.reference, record.tests, record.programs,
            record.mutants, record.dropped,
        )  # fmt: skip
