"""Simulated pass matrices: who writes right programs how often, how wrong ones resemble each other, how good the tests are.

Pure and seeded. Right candidates of a problem behave alike. Wrong ones fall into behaviours of very unequal size, so their errors
are correlated. A test is valid for a problem with a chance of the problem's own; right candidates pass exactly the valid tests.
A valid test overlooks a wrong behaviour with a chance of the behaviour's own. An invalid test either shares the mistake of one
wrong candidate, and so passes its whole behaviour, or is passed by hardly anybody.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from coderm.arrays import BoolArray, FloatArray

STICKS = 64
"""Wrong behaviours of a problem at most; with the concentrations used the rest would hold far less than one candidate."""


@dataclass(frozen=True, slots=True)
class Policy:
    """lambda of a problem ~ Beta(right, wrong); behaviours of wrong candidates by stick breaking with this concentration."""

    right: float
    wrong: float
    concentration: float


@dataclass(frozen=True, slots=True)
class Writer:
    """Share of valid tests of a problem ~ Beta(valid, invalid); chance to overlook a behaviour ~ Beta(near, far).

    shared: share of invalid tests that make the mistake of a wrong candidate. stray: how much likelier than never a behaviour
    passes an invalid test, relative to its chance on valid ones.
    """

    valid: float
    invalid: float
    near: float
    far: float
    shared: float
    stray: float


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """One problem. passed: (N, M). correct: (N,)."""

    passed: BoolArray
    correct: BoolArray


def simulate(policy: Policy, writer: Writer, problems: int, candidates: int, tests: int, seed: int) -> Iterator[Simulated]:
    """Yield problems one at a time; the same seed gives the same ones."""
    rng = np.random.default_rng(seed)
    for _ in range(problems):
        yield _problem(policy, writer, candidates, tests, rng)


def _problem(policy: Policy, writer: Writer, candidates: int, tests: int, rng: np.random.Generator) -> Simulated:
    correct = rng.random(candidates) < rng.beta(policy.right, policy.wrong)
    wrong = candidates - int(np.count_nonzero(correct))
    behaviour = _behaviours(wrong, policy.concentration, rng)
    valid = rng.random(tests) < rng.beta(writer.valid, writer.invalid)
    passed = np.empty((candidates, tests), np.bool_)
    passed[correct] = valid
    passed[~correct] = _wrong_rows(writer, behaviour, valid, rng)[behaviour]
    return Simulated(passed, correct)


def _behaviours(wrong: int, concentration: float, rng: np.random.Generator) -> np.typing.NDArray[np.intp]:
    """(wrong,) behaviour of each wrong candidate."""
    sticks = rng.beta(1, concentration, STICKS)
    sticks[-1] = 1
    ends = np.cumsum(sticks * np.concatenate([[1.0], np.cumprod(1 - sticks[:-1])]))
    return np.minimum(np.searchsorted(ends, rng.random(wrong)), STICKS - 1).astype(np.intp)


def _wrong_rows(writer: Writer, behaviour: np.typing.NDArray[np.intp], valid: BoolArray, rng: np.random.Generator) -> BoolArray:
    """(STICKS, M) what each wrong behaviour passes."""
    near: FloatArray = rng.beta(writer.near, writer.far, STICKS)
    chance = near[:, None] * np.where(valid, 1.0, writer.stray)
    rows: BoolArray = rng.random((STICKS, len(valid))) < chance
    sharing = np.flatnonzero(~valid & (rng.random(len(valid)) < writer.shared))
    if len(behaviour):
        rows[rng.choice(behaviour, len(sharing)), sharing] = True
    return rows
