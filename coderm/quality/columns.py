"""What a column of the matrix alone says about its test: it passes everybody, nobody, or differs between runs."""

import numpy as np

from coderm.arrays import BoolArray, IndexArray, OutcomeArray
from coderm.messages.execution import NO_VERDICT, Outcome


def known(outcomes: OutcomeArray) -> BoolArray:
    """Return where there is a verdict; same shape."""
    return np.asarray(~np.isin(outcomes, NO_VERDICT), np.bool_)


def failed(outcomes: OutcomeArray) -> BoolArray:
    """Return where a program has a verdict that is no pass; same shape."""
    return np.asarray(known(outcomes) & (outcomes != Outcome.PASSED), np.bool_)


def passes_everything(outcomes: OutcomeArray) -> IndexArray:
    """Return the tests of (N, M) outcomes that reject none of at least one program with a verdict."""
    return np.flatnonzero(known(outcomes).any(axis=0) & ~failed(outcomes).any(axis=0))


def passes_nothing(outcomes: OutcomeArray) -> IndexArray:
    """Return the tests of (N, M) outcomes that accept none of at least one program with a verdict."""
    return np.flatnonzero(known(outcomes).any(axis=0) & ~(outcomes == Outcome.PASSED).any(axis=0))


def not_passed(outcomes: OutcomeArray) -> IndexArray:
    """Return the tests that one program, (M,) outcomes, has a verdict of and does not pass; of a right program: the wrong tests."""
    return np.flatnonzero(failed(outcomes))


def unsteady(runs: OutcomeArray) -> BoolArray:
    """Return (N, M) where (R, N, M) outcomes of repeated runs hold both a pass and a verdict that is none."""
    return np.asarray((runs == Outcome.PASSED).any(axis=0) & failed(runs).any(axis=0), np.bool_)


def twins(outcomes: OutcomeArray) -> tuple[tuple[int, ...], ...]:
    """Return the groups of at least two tests that part the same programs, among those with a verdict in every test.

    Tests that everybody or nobody passes are no group: they part nobody.
    """
    passed = (outcomes == Outcome.PASSED)[known(outcomes).all(axis=1)]
    parting = passed.any(axis=0) & ~passed.all(axis=0)
    groups: dict[bytes, list[int]] = {}
    for place in np.flatnonzero(parting).tolist():
        groups.setdefault(np.packbits(passed[:, place]).tobytes(), []).append(place)
    return tuple(tuple(places) for places in groups.values() if len(places) > 1)
