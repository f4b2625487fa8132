"""Who gets more tests, and which tests are retired: pure, the same state gives the same commands.

One global budget holds for the whole training. Never retires a test of a problem's owner, nor a steady one that parts programs and
sides with the consensus. docs/bank.md has the formulas.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from coderm.arrays import FloatArray
from coderm.bank.records import GroupStatistics, RetireReason, Statistics
from coderm.budget.allocation.greedy import allocate
from coderm.config.bank import BankConfig

PRIOR_TESTS = 4.0
"""Tests that the pass rate counts for against what tests really showed: half of the starting ones."""
CERTAINTY = 1.96
"""Standard errors of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What the policy sees of a problem. active: statistics of its active tests by place. ever: those of all it ever had.

    pass_rate: predicted by a probe, or None. Others as in BankedProblem.
    """

    problem_id: str
    given: bool = False
    wanted: int = 0
    held: int = 0
    active: dict[int, Statistics] = field(default_factory=dict)
    ever: tuple[Statistics, ...] = ()
    groups: GroupStatistics = field(default_factory=GroupStatistics)
    pass_rate: float | None = None


@dataclass(frozen=True, slots=True)
class Buy:
    """Have further tests written for a problem."""

    problem_id: str
    tests: int


@dataclass(frozen=True, slots=True)
class Retire:
    """Take a test out of its problem's suite."""

    problem_id: str
    place: int
    reason: RetireReason


Decision = Buy | Retire


def decide(holdings: Sequence[Holding], spent: int, config: BankConfig) -> list[Decision]:
    """Return what to retire and what to buy; holdings: the problems in question, in the order in which they are wanted.

    spent: tests bought so far for all problems of the bank. What is bought here and before never exceeds `config.total`.
    """
    left = max(config.total - spent, 0)
    retired: list[Decision] = [
        Retire(item.problem_id, place, reason) for item in holdings for place, reason in retirements(item, config)
    ]
    first = _first_tests(holdings, left, config)
    allowed = min(left - sum(first), math.ceil(config.step_share * left))
    more = _more_tests(holdings, allowed, config)
    wanted = zip(holdings, (one + two for one, two in zip(first, more, strict=True)), strict=True)
    return retired + [Buy(item.problem_id, number) for item, number in wanted if number]


def retirements(holding: Holding, config: BankConfig) -> list[tuple[int, RetireReason]]:
    """Return the tests of a problem that are to go, and why."""
    if holding.given:
        return []
    wrong = {place: reason for place, known in holding.active.items() if (reason := fault(known, config))}
    spare = len(holding.active) - len(wrong) - config.keep
    idle = [place for place, known in holding.active.items() if place not in wrong and known.idle >= config.idle_groups]
    longest = sorted(idle, key=lambda place: (-holding.active[place].idle, place))[: max(spare, 0)]
    return sorted((wrong | dict.fromkeys(longest, "idle")).items())


def fault(known: Statistics, config: BankConfig) -> RetireReason | None:
    """Return what is wrong with a test, or None."""
    if known.unsteady >= config.unsteady_programs:
        return "unsteady"
    if known.void >= config.void_groups and not known.passes:
        return "broken"
    return "against" if surely_most(known.against, known.against + known.agreed) else None


def surely_most(part: int, whole: int) -> bool:
    """Whether the lower end of Wilson's 95 % interval of part / whole is above a half: 4 of 4, 8 of 9, 12 of 16."""
    if not whole:
        return False
    square = CERTAINTY**2
    centre = part / whole + square / (2 * whole)
    spread = CERTAINTY * math.sqrt(part * (whole - part) / whole**3 + square / (4 * whole**2))
    return (centre - spread) / (1 + square / whole) > 0.5


def gains(holding: Holding, config: BankConfig) -> FloatArray:
    """(batch,) expected worth of each further test: the chance that it is the one that shows a difference, times the need.

    Zero for what needs no more: tests of the owner, tests still to be written, groups that are neither alike nor split.
    """
    none = np.zeros(config.batch)
    groups = holding.groups
    if holding.given or holding.held < holding.wanted or not groups.groups:
        return none
    chance, further = parting_chance(holding), np.arange(config.batch)
    worth = need(max(groups.alike_row, groups.split_row))
    if groups.alike_row:
        return np.asarray(worth * chance * (1 - chance) ** further, np.float64)
    if groups.split_row:
        parting = sum(known.parted > 0 for known in holding.active.values())
        return np.asarray(worth * chance / (1 + parting + further), np.float64)
    return none


def need(row: int) -> float:
    """Return how sure a row of like groups makes that more tests are needed: 1/2, 2/3, 3/4, ...; one group is chance."""
    return row / (row + 1)


def parting_chance(holding: Holding) -> float:
    """Return the chance that one more test parts the programs of a group.

    Before any test was run: that of two programs to differ in being right, 2 p (1 - p), where p is predicted, and 1/2, the most
    that can be, where it is not. Each test that was run counts for it or against it.
    """
    rate = 0.5 if holding.pass_rate is None else holding.pass_rate
    run = [known for known in holding.ever if known.uses]
    parting = sum(known.parted > 0 for known in run)
    return (parting + PRIOR_TESTS * 2 * rate * (1 - rate)) / (len(run) + PRIOR_TESTS)


def _first_tests(holdings: Sequence[Holding], left: int, config: BankConfig) -> list[int]:
    """Return the tests that each problem lacks to its start, in order while there are any left."""
    first = []
    for item in holdings:
        lacking = 0 if item.given else max(min(config.start, config.cap) - item.wanted, 0)
        first.append(min(lacking, left))
        left -= first[-1]
    return first


def _more_tests(holdings: Sequence[Holding], allowed: int, config: BankConfig) -> list[int]:
    """Return what the allocator gives each problem of the tests allowed, none of which is worth less than the least gain."""
    if not holdings or allowed <= 0:
        return [0] * len(holdings)
    table = np.stack([gains(item, config) for item in holdings])
    room = [0 if item.wanted < config.start else max(config.cap - item.wanted, 0) for item in holdings]
    worth = np.minimum((table >= max(config.least_gain, np.finfo(float).tiny)).sum(axis=1), room)
    return [int(number) for number in allocate(table, allowed, cap=worth)]
