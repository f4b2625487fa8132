"""Judges the tests of every writer on the same programs of a problem: reference, candidates, mutants."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coderm.arrays import BoolArray, FloatArray, OutcomeArray
from coderm.audit.judging import Groups, Judge
from coderm.audit.subject import Subject
from coderm.audit.writers.written import Written
from coderm.messages.scoring import Suite, UnitTests
from coderm.problems.suite import given_suite
from coderm.quality.columns import known
from coderm.quality.verdicts import Verdicts


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What the problem's own checks say of N candidates, duplicates included.

    labelled: (N,) whether a label is known; correct: (N,); scores: (N,) share of the checks passed, taken apart where that can be.
    """

    labelled: BoolArray
    correct: BoolArray
    scores: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class JudgedTests:
    """One writer on one problem: what it wrote, and the outcomes of its M tests.

    candidates: (N, M), duplicates included. reference: (1, M), or (0, M) without one. mutants: (K, M). cpu_s: (M,) CPU seconds.
    """

    written: Written
    candidates: OutcomeArray
    reference: OutcomeArray
    mutants: OutcomeArray
    cpu_s: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """All writers on one problem. truth: None where the problem has no checks."""

    task_id: str
    truth: Truth | None
    writers: Mapping[str, JudgedTests]


async def contest(subject: Subject, written: Mapping[str, Written], checks: Judge, tests: Judge) -> Contest:
    """Judge what every writer wrote for a problem. checks, tests: judges with the limits of a benchmark and of generated tests."""
    weights = np.array([one.weight for one in subject.candidates], np.intp)
    found = {}
    for name, one in written.items():
        suite: Suite = given_suite(one.tests, subject.problem) if one.tests else UnitTests(())
        groups = await tests.outcomes(subject, suite)
        found[name] = _judged(one, groups, weights)
    return Contest(subject.problem.task_id, await _truth(subject, weights, checks), found)


def _judged(written: Written, groups: Groups, weights: np.ndarray) -> JudgedTests:
    rows = np.repeat(np.arange(len(weights)), weights)
    return JudgedTests(written, groups.candidates[rows], groups.reference, groups.mutants, groups.cpu_s)


async def _truth(subject: Subject, weights: np.ndarray, judge: Judge) -> Truth | None:
    if not len(subject.suite):
        return None
    whole = len(subject.suite)
    columns = UnitTests((*subject.texts, *subject.parts)) if subject.parts else subject.suite
    cells = (await judge.outcomes(subject, columns, made=False)).candidates[np.repeat(np.arange(len(weights)), weights)]
    verdicts = Verdicts.of(cells[:, :whole])
    graded = cells[:, whole:] if subject.parts else cells
    with np.errstate(invalid="ignore"):
        scores = (graded == 1).sum(axis=1) / known(graded).sum(axis=1)
    return Truth(verdicts.accepted | verdicts.rejected, verdicts.accepted, np.asarray(scores, np.float64))
