"""What one scored group shows of each test and of its problem; pure.

Programs that were not judged in full (a lost or left-out cell) have no say about what the others think. Nothing here decides.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from coderm.arrays import BoolArray
from coderm.bank.records import GroupStatistics, Statistics
from coderm.messages.execution import NO_VERDICT, Outcome

Outcomes = npt.NDArray[np.int8]
FAILS = (Outcome.FAILED, Outcome.EXIT_STATUS)
VOID = (Outcome.ERROR, Outcome.SKIPPED, Outcome.NO_TESTS, Outcome.UNSERVED)
"""What a test gives every program when it is the test that is broken."""
NOT_RUN = (Outcome.LOST, Outcome.LEFT_OUT)
SPLIT = 0.4
"""A group is split when the smaller of its two largest behaviours has this share of both: one change of mind in ten turns it."""
CONSENSUS = 0.75
"""Share of the other tests that the consensus has to pass: below it nobody is known to be right."""
VOTERS = 2
"""Programs that have to agree for a consensus, and tests to agree on: one alone may be right by chance."""
T = TypeVar("T", Statistics, GroupStatistics)


def count_tests(outcomes: Outcomes, unsteady: Iterable[int] = ()) -> list[Statistics]:
    """Return what a group adds to each of its tests.

    outcomes: int8 (N, M) of Outcome. unsteady: columns of programs that the test judged both ways, one entry for each program.
    """
    judged = ~np.isin(outcomes, NO_VERDICT)
    passed = outcomes == Outcome.PASSED
    parting = (passed.any(axis=0)) & ((judged & ~passed).any(axis=0))
    differs, sides, both = bool(parting.any()), _sides(outcomes), Counter(unsteady)
    found = []
    for j, column in enumerate(outcomes.T):
        compared = differs and int(judged[:, j].sum()) > 1
        counted = {
            "uses": int(judged[:, j].sum()),
            "passes": int(passed[:, j].sum()),
            "fails": int(np.isin(column, FAILS).sum()),
            "lost": int((column == Outcome.LOST).sum()),
            "unserved": int(np.isin(column, (Outcome.LEFT_OUT, Outcome.UNSERVED)).sum()),
            "unsteady": both[j],
            "groups": int(compared),
            "parted": int(parting[j]),
            "idle": int(compared and not parting[j]),
            "agreed": int(sides[j] > 0),
            "against": int(sides[j] < 0),
            "void": int(_is_void(column) and bool(passed.any())),
        }
        found.append(Statistics(**counted, errors=counted["uses"] - counted["passes"] - counted["fails"]))
    return found


def count_group(outcomes: Outcomes) -> GroupStatistics:
    """Return what a group adds to its problem; one with fewer than two programs judged in full, or without tests, adds nothing."""
    passed = _full(outcomes) == Outcome.PASSED
    if len(passed) < VOTERS or not passed.shape[1]:
        return GroupStatistics()
    counts = np.count_nonzero(passed, axis=1)
    sizes = sorted(Counter(row.tobytes() for row in passed).values(), reverse=True)
    split = len(sizes) > 1 and sizes[1] >= SPLIT * (sizes[0] + sizes[1])
    alike = bool((counts == counts[0]).all())
    whole = int(passed.all(axis=1).sum())
    return GroupStatistics(1, int(alike), int(split and not alike), whole, len(passed))


def added(known: T, new: T) -> T:
    """Return both together; `idle` starts anew where the new group was parted."""
    total = replace(known, **{item.name: getattr(known, item.name) + getattr(new, item.name) for item in fields(known)})
    if isinstance(total, Statistics) and isinstance(new, Statistics) and new.parted:
        return replace(total, idle=0)
    return total


def unsteady_columns(outcomes: Outcomes, programs: tuple[str, ...]) -> list[int]:
    """Return a column for each program of which equal copies got a pass and a failure; programs: a hash for each row."""
    found = []
    for program, copies in Counter(programs).items():
        if copies > 1:
            rows = outcomes[[name == program for name in programs]]
            passed = (rows == Outcome.PASSED).any(axis=0)
            failed = (~np.isin(rows, NO_VERDICT) & (rows != Outcome.PASSED)).any(axis=0)
            found += np.flatnonzero(passed & failed).tolist()
    return found


def _full(outcomes: Outcomes) -> Outcomes:
    rows: Outcomes = outcomes[~np.isin(outcomes, NOT_RUN).any(axis=1)]
    return rows


def _is_void(column: Outcomes) -> bool:
    run = column[~np.isin(column, NOT_RUN)]
    return bool(run.size) and bool(np.isin(run, VOID).all())


def _sides(outcomes: Outcomes) -> npt.NDArray[np.int8]:
    """(M,) 1 where the consensus of the other tests passes a test, -1 where it fails it, 0 where it does not say."""
    rows = _full(outcomes)
    judged, passed = ~np.isin(rows, NO_VERDICT), rows == Outcome.PASSED
    sides = np.zeros(outcomes.shape[1], np.int8)
    for j in range(outcomes.shape[1]):
        chosen = _consensus(judged, passed, j)
        if chosen.any():
            told = passed[chosen, j]
            sides[j] = 1 if told.all() else -1 if not told.any() else 0
    return sides


def _consensus(judged: BoolArray, passed: BoolArray, j: int) -> BoolArray:
    """(N,) the programs that pass the most of the tests other than j; nobody where too few agree, or on too little."""
    others = judged.sum(axis=1) - judged[:, j]
    share = (passed.sum(axis=1) - passed[:, j]) / np.maximum(others, 1)
    usable = judged[:, j] & (others >= VOTERS)
    best = share[usable].max(initial=0.0)
    chosen: BoolArray = usable & (share == best)
    return chosen if best >= CONSENSUS and chosen.sum() >= VOTERS else np.zeros_like(chosen)
