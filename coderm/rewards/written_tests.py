"""Stored written tests, one JSON line a text: the log of `POST /v1/score_tests`. docs/rewards.md has the fields.

A line has what every program made of the text's own tests, so the lines of a group together are the matrix that was rewarded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from coderm.client.contract import CaseText, RewardStatus, RewardTerm
from coderm.messages.execution import Outcome
from coderm.rewards.parts import OUTCOMES, Before, Label, labels_of, outcomes_of
from coderm.rewards.reward import Rewarded
from coderm.rewards.statuses import is_null, program_status
from coderm.rewards.writers.base import WrittenTests
from coderm.rewards.writers.factory import least, mean_of, reward_tests

Row = tuple[Label, ...]


class JudgedTests(BaseModel):
    """What programs made of a text's tests, an outcome's name for each test in each row."""

    reference: Row | None = None
    """Null: there is none."""
    programs: tuple[Row, ...] = ()
    mutants: tuple[Row, ...] | None = None
    """Null: none were made."""


class WrittenLine(BaseModel):
    """One line of a written text; `wrote` tells it from a program's line."""

    model_config = ConfigDict(frozen=True, extra="allow")

    wrote: Literal["unittest", "stdin"]
    """What kind of tests the text holds."""
    problem: str
    """Id of the problem."""
    group: str = ""
    """Which lines are one group."""
    code: str | None = None
    """The text as a unit test."""
    case: CaseText | None = None
    """The text as a case."""
    output: str | None = None
    """The text as the model's whole answer."""
    reward: FiniteFloat | None = None
    """As answered; null: none."""
    status: RewardStatus = "scored"
    """Why the reward is what it is."""
    message: str = ""
    """Why there is none, and the remedy."""
    terms: dict[str, FiniteFloat] = Field(default_factory=dict)
    """Value of each term."""
    size: int = Field(0, ge=0)
    """Tests read of the text."""
    labels: tuple[bool, ...] | None = None
    """Which of the programs are right; null: unknown."""
    judged: JudgedTests | None = None
    """Null: nothing was to judge."""
    before: Before | None = None
    """What was rescored."""


@dataclass(frozen=True, slots=True)
class Texts:
    """What a log line has of a written text beside its reward. size: tests read of it."""

    wrote: Literal["unittest", "stdin"]
    code: str | None = None
    case: CaseText | None = None
    output: str | None = None
    size: int = 0


@dataclass(frozen=True, slots=True)
class StoredTests:
    """The lines of one group; where: `file:line` of the first."""

    lines: tuple[WrittenLine, ...]
    where: str

    def tests(self) -> WrittenTests:
        """Return the matrix that the group was rewarded by; raises DataError where its lines are not of one."""
        judged = [line.judged or JudgedTests() for line in self.lines if line.size]
        first = judged[0] if judged else JudgedTests()
        size = sum(line.size for line in self.lines)
        labels = self.lines[0].labels
        return WrittenTests(
            _joined([part.programs for part in judged], size),
            None if first.reference is None else _joined([(part.reference or (),) for part in judged], size)[0],
            None if labels is None else np.array(labels, np.bool_),
            None if first.mutants is None else _joined([part.mutants or () for part in judged], size),
        )


def _joined(parts: Sequence[tuple[Row, ...]], size: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.int8]]":
    """Put the texts' columns beside each other."""
    rows = max(map(len, parts), default=0)
    whole = tuple(tuple(label for part in parts for label in (part[row] if row < len(part) else ())) for row in range(rows))
    return outcomes_of(whole, size)


@dataclass(frozen=True, slots=True)
class WriterReward:
    """A weighted sum of terms for test writers."""

    terms: tuple[RewardTerm, ...]
    least: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "least", least(self.terms))


def rewarded_again(stored: StoredTests, reward: WriterReward) -> Iterator[WrittenLine]:
    """Yield the lines with what another reward makes of the same matrix; what was null for the problem's sake stays so."""
    tests = stored.tests()
    values = {term.name: reward_tests(term.name, tests) for term in reward.terms}
    sums, place = reward_tests(reward.terms, tests), 0
    for line in stored.lines:
        owned = tuple(range(place, place + line.size))
        place += line.size
        before = Before(reward=line.reward, status=line.status)
        if not owned:
            same = line.reward if is_null(line.status) else reward.least
            yield line.model_copy(update={"reward": same, "before": before})
            continue
        total = mean_of(sums, owned)
        means = {name: mean_of(column, owned) for name, column in values.items()}
        known = {name: value for name, value in means.items() if value is not None}
        status = _status(line, tests, null=total is None)
        yield line.model_copy(update={"reward": total, "status": status, "terms": known, "before": before})


def _status(line: WrittenLine, tests: WrittenTests, *, null: bool) -> RewardStatus:
    """Name what there is by what the reference ended with, as the service does."""
    if not null:
        reference = line.judged.reference if line.judged is not None else None
        return program_status(tuple(OUTCOMES[label] for label in reference or ()), tampered=False)
    if is_null(line.status):
        return line.status
    return "lost" if (tests.outcomes == Outcome.LOST).any() else "no_signal"


def written_lines(
    name: str, problem: str, texts: Sequence[Texts], rewarded: Sequence[Rewarded], tests: WrittenTests | None
) -> Iterator[WrittenLine]:
    """Yield the lines of a group that was just rewarded; name: once in a file. tests: None where nothing was judged."""
    place = 0
    for text, got in zip(texts, rewarded, strict=True):
        columns = slice(place, place + text.size)
        place += text.size
        yield WrittenLine(
            wrote=text.wrote,
            problem=problem,
            group=name,
            code=text.code,
            case=text.case,
            output=text.output,
            reward=got.reward,
            status=got.status,
            message=got.message,
            terms=got.terms,
            size=text.size,
            labels=None if tests is None or tests.labels is None else tuple(tests.labels.tolist()),
            judged=_judged(tests, columns) if tests is not None and text.size else None,
        )


def _judged(tests: WrittenTests, columns: slice) -> JudgedTests:
    reference, mutants = tests.reference, tests.mutants
    return JudgedTests(
        reference=None if reference is None else labels_of(reference[columns]),
        programs=tuple(labels_of(row[columns]) for row in tests.outcomes),
        mutants=None if mutants is None else tuple(labels_of(row[columns]) for row in mutants),
    )
