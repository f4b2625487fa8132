"""What the bank keeps and tells: tests with their provenance and statistics, versions of suites, and problems."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from coderm.messages.case_rules import NonzeroExit
from coderm.messages.cases import Case, Comparison
from coderm.messages.problem import Problem
from coderm.messages.scoring import Suite

Origin = Literal["given", "generated"]
SuiteKind = Literal["unittest", "stdin"]
RetireReason = Literal["idle", "against", "unsteady", "broken", "replaced", "forgotten"]
"""The first four are the policy's; `replaced`: the problem got other tests or another text."""
Content = str | Case
"""A unit test module, or a case of a program that reads stdin."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a suite has beside its tests."""

    kind: SuiteKind = "unittest"
    comparison: Comparison = field(default_factory=Comparison)
    nonzero_exit: NonzeroExit = "fails"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a test came from. model, prompt (hash of the chat), seed, offset (texts asked for before): of generated ones.

    run: the run or service that brought it.
    """

    origin: Origin
    model: str = ""
    prompt: str = ""
    seed: int = 0
    offset: int = 0
    run: str = ""


@dataclass(frozen=True, slots=True)
class NewTest:
    """A test to be kept; two of one problem with the same `key` do the same."""

    content: Content
    key: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Statistics:
    """What scored groups showed of one test.

    Over its cells: uses (with a verdict), passes, fails, errors, lost, unserved (no verdict for another reason), unsteady (programs
    that it judged both ways). Over groups whose programs differ at all: groups, parted (it passed some and not others), idle
    (since it last parted any), agreed and against (it sided with the consensus of the other tests, or not). void: groups in
    which other tests were passed and this one gave no program anything but errors.
    """

    uses: int = 0
    passes: int = 0
    fails: int = 0
    errors: int = 0
    lost: int = 0
    unserved: int = 0
    unsteady: int = 0
    groups: int = 0
    parted: int = 0
    idle: int = 0
    agreed: int = 0
    against: int = 0
    void: int = 0


@dataclass(frozen=True, slots=True)
class GroupStatistics:
    """What scored groups showed of one problem: how many were alike (every program passed as many tests) or evenly split.

    alike_row, split_row: how many of the last ones were, in a row. passed, programs: programs that passed every test, of all
    that were judged in full.
    """

    groups: int = 0
    alike: int = 0
    split: int = 0
    alike_row: int = 0
    split_row: int = 0
    passed: int = 0
    programs: int = 0


@dataclass(frozen=True, slots=True)
class BankedTest:
    """A test as the bank holds it; `place` is its number within the problem, counted from 0 and never given again.

    digest: hash of the content. written, retired: seconds since the epoch; retired is None while it is active.
    """

    place: int
    digest: str
    content: Content
    key: str
    provenance: Provenance
    written: float
    retired: float | None = None
    reason: str = ""
    statistics: Statistics = field(default_factory=Statistics)


@dataclass(frozen=True, slots=True)
class SuiteVersion:
    """One version of a problem's suite, the same whenever it is read: `places` names its tests in order.

    problem: the problem's text at that version. digest: hash of form and tests; equal suites have equal digests.
    """

    problem: Problem
    version: int
    digest: str
    places: tuple[int, ...]
    suite: Suite
    since: float


@dataclass(frozen=True, slots=True)
class BankedProblem:
    """A problem as the bank holds it.

    wanted: generated tests bought for it so far. held: generated tests it ever had, retired ones included. asked, requests: texts
    and requests its test writer was sent. retired: tests that are not active any more.
    """

    problem: Problem
    version: int
    given: bool
    active: int
    retired: int
    wanted: int
    held: int
    asked: int
    requests: int
    forgotten: bool
    groups: GroupStatistics = field(default_factory=GroupStatistics)


@dataclass(frozen=True, slots=True, eq=False)
class ScoredGroup:
    """A group of rollouts that was judged. version: of the suite that judged it. outcomes: int8 (N, M) of Outcome.

    programs: their texts, by row; empty: not told. key: names the group, so that a repeated message counts once.
    """

    problem_id: str
    version: int
    outcomes: npt.NDArray[np.int8]
    programs: tuple[str, ...] = ()
    key: str = ""
