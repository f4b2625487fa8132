"""What one scored group shows of each test and of its problem; pure.

Programs that were not judged in full (a lost or left-out cell) have no say about what the others think. Nothing here decides.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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
    judged, passed = ~np.isin(outcomes, NO_VERDICT), outcomes == Outcome.PASSED
    parting = passed.any(axis=0) & (judged & ~passed).any(axis=0)
    uses, passes = judged.sum(axis=0), passed.sum(axis=0)
    fails, sides = np.isin(outcomes, FAILS).sum(axis=0), _sides(outcomes)
    compared = (uses > 1) & parting.any()
    both = np.bincount(np.array(list(unsteady), np.intp), minlength=outcomes.shape[1])
    counted = {
        "uses": uses,
        "passes": passes,
        "fails": fails,
        "errors": uses - passes - fails,
        "lost": (outcomes == Outcome.LOST).sum(axis=0),
        "unserved": np.isin(outcomes, (Outcome.LEFT_OUT, Outcome.UNSERVED)).sum(axis=0),
        "unsteady": both,
        "groups": compared,
        "parted": parting,
        "idle": compared & ~parting,
        "agreed": sides > 0,
        "against": sides < 0,
        "void": _void(outcomes) & passed.any(),
    }
    columns = zip(*(values.astype(int).tolist() for values in counted.values()), strict=True)
    return [Statistics(**dict(zip(counted, column, strict=True))) for column in columns]


def count_group(outcomes: Outcomes) -> GroupStatistics:
    """Return what a group adds to its problem; one with fewer than two programs judged in full, or without tests, adds nothing."""
    passed = _full(outcomes) == Outcome.PASSED
    if len(passed) < VOTERS or not passed.shape[1]:
        return GroupStatistics()
    counts = np.count_nonzero(passed, axis=1)
    sizes = sorted(Counter(row.tobytes() for row in passed).values(), reverse=True)
    split = len(sizes) > 1 and sizes[1] >= max(VOTERS, SPLIT * (sizes[0] + sizes[1]))
    alike = bool((counts == counts[0]).all())
    whole = int(passed.all(axis=1).sum())
    split = split and not alike
    return GroupStatistics(1, int(alike), int(split), int(alike), int(split), whole, len(passed))


def added(known: T, new: T) -> T:
    """Return both together; what is counted in a row starts anew where the new group ended the row."""
    total = replace(known, **{item.name: getattr(known, item.name) + getattr(new, item.name) for item in fields(known)})
    if isinstance(total, Statistics):
        return replace(total, idle=0) if new.parted else total
    if not new.groups:
        return total
    return replace(total, alike_row=total.alike_row * new.alike_row, split_row=total.split_row * new.split_row)


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


def turned_columns(
    outcomes: Outcomes, programs: tuple[str, ...], places: Sequence[int], earlier: Mapping[str, Mapping[int, int]]
) -> list[int]:
    """Return a column for each program that its test judged the other way in an earlier group.

    places: of the columns. earlier: outcomes by program and place.
    """
    found = []
    for program, row in dict(zip(programs, outcomes.tolist(), strict=False)).items():
        before = earlier.get(program, {})
        for j, place in enumerate(places):
            old = before.get(place, Outcome.LOST)
            if row[j] not in NO_VERDICT and old not in NO_VERDICT and (row[j] == Outcome.PASSED) != (old == Outcome.PASSED):
                found.append(j)
    return found


def _full(outcomes: Outcomes) -> Outcomes:
    rows: Outcomes = outcomes[~np.isin(outcomes, NOT_RUN).any(axis=1)]
    return rows


def _void(outcomes: Outcomes) -> BoolArray:
    """(M,) tests whose verdicts, of those that were run, are all of a kind that tells of a broken test."""
    run = ~np.isin(outcomes, NOT_RUN)
    return np.asarray(run.any(axis=0) & (~run | np.isin(outcomes, VOID)).all(axis=0), np.bool_)


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
