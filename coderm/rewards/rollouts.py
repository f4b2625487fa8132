"""Stored rollouts, one JSON line a program or a written test: what the service's log holds and `coderm rescore` reads.

docs/rewards.md has the fields. Lines of one group stand together. Fields that are not known here are kept as they are.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from coderm.client.contract import RewardStatus
from coderm.config.mistakes import mistakes_of, place_of
from coderm.errors import DataError
from coderm.messages.case_rules import StopRule
from coderm.messages.execution import Limits
from coderm.messages.scoring import ProgramVerdict
from coderm.rewards.group import Group, Rollout
from coderm.rewards.parts import OUTCOMES, Before, Label
from coderm.rewards.reward import Rewarded
from coderm.rewards.statuses import is_null
from coderm.rewards.written_tests import StoredTests, WrittenLine
from coderm.storage.jsonl import read_jsonl

L = TypeVar("L", bound=BaseModel)
NOTHING_TO_RUN: tuple[RewardStatus, ...] = ("no_code", "too_large")
"""Statuses of what the model wrote and nobody can run."""


class VerdictLine(BaseModel):
    """Verdict of a program: an outcome's name for each test, and its CPU seconds where they are known."""

    outcomes: tuple[Label, ...]
    cpu_s: tuple[FiniteFloat, ...] = ()
    tampered: bool = False
    lost: str = ""

    def verdict(self) -> ProgramVerdict:
        """Return it as the rewards read it; a time that is not known is NaN."""
        seconds = self.cpu_s or (math.nan,) * len(self.outcomes)
        outcomes = tuple(OUTCOMES[label] for label in self.outcomes)
        return ProgramVerdict(outcomes, seconds, tampered=self.tampered, lost=self.lost)


class RolloutLine(BaseModel):
    """One line; `problem` and one of `program` and `output` are needed."""

    model_config = ConfigDict(frozen=True, extra="allow")

    problem: str
    """Id of the problem."""
    group: str = ""
    """Which lines are one group; empty: the neighbouring lines of the problem."""
    program: str | None = None
    """Code; null where the output holds none."""
    output: str | None = None
    """The model's whole answer; null where code was given."""
    reward: FiniteFloat | None = None
    """As answered; null: none."""
    status: RewardStatus = "scored"
    """Why the reward is what it is."""
    message: str = ""
    """Why there is none, and the remedy."""
    terms: dict[str, FiniteFloat] = Field(default_factory=dict)
    """Value of each term."""
    judged: VerdictLine | None = None
    """Verdict on the tests; null: not judged."""
    examples: VerdictLine | None = None
    """Verdict on the visible examples; null: none, or not judged."""
    tests: int | None = Field(None, ge=0)
    """Size of the suite; null: as many as there are outcomes."""
    shown: int | None = Field(None, ge=0)
    """Number of the problem's visible examples; null: as many as `examples` has outcomes."""
    broken: tuple[int, ...] = ()
    """Places of tests that judge nobody."""
    cpu_limit_s: float = Field(1.0, gt=0)
    """CPU limit of one pair, seconds."""
    stop: StopRule = "never"
    """Whether the tests after a program's first failure were left out."""
    before: Before | None = None
    """What was rescored."""

    def rollout(self) -> Rollout:
        """Return what the rewards read of this line."""
        verdict, examples = (None if line is None else line.verdict() for line in (self.judged, self.examples))
        unjudged: RewardStatus = self.status if is_null(self.status) or self.status in NOTHING_TO_RUN else "lost"
        return Rollout(verdict, unjudged, self.program or "", self.output, examples, self.message)


@dataclass(frozen=True, slots=True)
class StoredGroup:
    """The lines of one group; where: `file:line` of the first."""

    lines: tuple[RolloutLine, ...]
    where: str

    @property
    def problem(self) -> str:
        """Id of its problem."""
        return self.lines[0].problem

    @property
    def complete(self) -> bool:
        """Whether every program has a verdict, or a reason to have none."""
        return all(line.judged is not None or is_null(line.status) or line.status in NOTHING_TO_RUN for line in self.lines)

    def group(self) -> Group:
        """Return the group as it was judged; raises DataError where its verdicts are not of one suite."""
        first = self.lines[0]
        tests = _size(first.tests, (line.judged for line in self.lines), 1)
        examples = _size(first.shown, (line.examples for line in self.lines), 0)
        rollouts = tuple(line.rollout() for line in self.lines)
        try:
            return Group(self.problem, rollouts, tests, frozenset(first.broken), examples, Limits(cpu_s=first.cpu_limit_s))
        except DataError as error:
            raise DataError(f"{self.where}: {error}") from None


def _size(stored: int | None, verdicts: Iterable[VerdictLine | None], unknown: int) -> int:
    """Return how many tests there are; `unknown` where neither a number nor a verdict says so."""
    seen = (len(verdict.outcomes) for verdict in verdicts if verdict is not None)
    return stored if stored is not None else next(seen, unknown)


def read_rollouts(path: Path) -> Iterator[StoredGroup | StoredTests]:
    """Yield the groups of a file, one in memory at a time; raises DataError naming file:line."""
    seen: set[str] = set()
    numbered = ((number, _line(row, f"{path}:{number}")) for number, row in read_jsonl(path))
    for name, found in groupby(numbered, key=lambda pair: pair[1].group or pair[1].problem):
        members = list(found)
        where = f"{path}:{members[0][0]}"
        lines = tuple(line for _, line in members)
        if lines[0].group and name in seen:
            raise DataError(f"{where}: group {name!r} stood further up, too; put the lines of a group together")
        if any(line.problem != lines[0].problem for line in lines):
            raise DataError(f"{where}: group {name!r} holds several problems; give each problem groups of its own")
        seen.add(name)
        yield _stored(lines, where)


def _stored(lines: Sequence[RolloutLine | WrittenLine], where: str) -> StoredGroup | StoredTests:
    programs = tuple(line for line in lines if isinstance(line, RolloutLine))
    tests = tuple(line for line in lines if isinstance(line, WrittenLine))
    if programs and tests:
        raise DataError(f"{where}: the group holds programs and written tests; give each groups of their own")
    return StoredTests(tests, where) if tests else StoredGroup(programs, where)


def _line(row: dict[str, Any], where: str) -> RolloutLine | WrittenLine:
    if "wrote" in row:
        return _fitting(WrittenLine, row, where)
    line = _fitting(RolloutLine, row, where)
    if line.program is None and line.output is None:
        raise DataError(f"{where}: neither 'program' nor 'output'; give the code, or the model's answer")
    for verdict in (line.judged, line.examples):
        if verdict is not None and verdict.cpu_s and len(verdict.cpu_s) != len(verdict.outcomes):
            raise DataError(f"{where}: {len(verdict.outcomes)} outcomes and {len(verdict.cpu_s)} times; give one of each a test")
    return line


def _fitting(kind: type[L], row: dict[str, Any], where: str) -> L:
    try:
        return kind.model_validate(row)
    except ValidationError as error:
        first = mistakes_of(error)[0]
        name = f"field {place_of(first['loc'], '')!r}" if first["loc"] else "the line"
        raise DataError(f"{where}: {name}: {first['msg']}; docs/rewards.md has the fields") from None


def lines_of(name: str, group: Group, rewarded: tuple[Rewarded, ...], stop: StopRule = "never") -> Iterator[RolloutLine]:
    """Yield the lines of a group that was just scored; name: of the group, once in a file."""
    for rollout, got in zip(group.rollouts, rewarded, strict=True):
        yield RolloutLine(
            problem=group.problem_id,
            group=name,
            program=rollout.code or None if rollout.output is not None else rollout.code,
            output=rollout.output,
            reward=got.reward,
            status=got.status,
            message=got.message,
            terms=got.terms,
            judged=_written(rollout.verdict),
            examples=_written(rollout.examples),
            tests=group.tests,
            shown=group.examples,
            broken=tuple(sorted(group.broken)),
            cpu_limit_s=group.limits.cpu_s,
            stop=stop,
        )


def _written(verdict: ProgramVerdict | None) -> VerdictLine | None:
    if verdict is None:
        return None
    labels, seconds = tuple(outcome.label for outcome in verdict.outcomes), tuple(float(spent) for spent in verdict.cpu_s)
    known = seconds if all(math.isfinite(spent) for spent in seconds) else ()
    return VerdictLine(outcomes=labels, cpu_s=known, tampered=verdict.tampered, lost=verdict.lost)
