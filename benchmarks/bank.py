"""What the bank's policy does to discrimination, against as many tests for every problem, on pass matrices with known labels.

A training draws groups of candidates; their verdicts are all that the policy sees. Its tests come from the matrix in order. Then
fresh groups are drawn. Discrimination: chance that a right candidate has the higher reward than a wrong one of its group, ties
count half. No signal: groups of both kinds in which all rewards are equal. Reward: share of tests passed. Without arguments the
matrices are simulated ones (`coderm simulate`); a run directory with its files gives recorded ones. Takes minutes.

  python -m benchmarks.bank
  python -m benchmarks.bank RUN_DIR PROBLEMS.jsonl CANDIDATES.jsonl LABELS.jsonl
"""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from coderm.bank.counting import added, count_group, count_tests
from coderm.bank.policy import Buy, Holding, Retire, decide
from coderm.bank.records import GroupStatistics, Statistics
from coderm.config.bank import BankConfig
from coderm.evaluation.intervals import bootstrap_mean, paired_difference
from coderm.messages.execution import Outcome
from coderm.study.cases import StudyPaths, read_study
from coderm.study.simulation.published import POLICY, WRITERS
from coderm.study.simulation.world import simulate

GROUP, BATCH, EPOCHS, FRESH, SEED = 16, 8, 24, 40, 11
"""Rollouts of a group, groups of a step, times that every problem is met, groups drawn afterwards, and the seed."""
PROBLEMS, CANDIDATES, TESTS = 100, 64, 64
"""Of the simulated matrices."""
AVERAGES = (4, 8, 16, 32)
"""Tests for each problem on average: the budget of both."""


@dataclass(eq=False)
class Pupil:
    """One problem in training. passed: (N, M) of all tests there could be; the first `held` are written, `active` judge."""

    passed: np.ndarray
    correct: np.ndarray
    held: int = 0
    active: list[int] = field(default_factory=list)
    known: dict[int, Statistics] = field(default_factory=dict)
    groups: GroupStatistics = field(default_factory=GroupStatistics)

    def write(self, number: int) -> None:
        new = range(self.held, min(self.held + number, self.passed.shape[1]))
        self.active += new
        self.held += len(new)

    def holding(self, name: str) -> Holding:
        active = {place: self.known.get(place, Statistics()) for place in self.active}
        return Holding(name, False, self.held, self.held, active, tuple(self.known.values()), self.groups)

    def observe(self, rows: np.ndarray) -> None:
        outcomes = np.where(self.passed[np.ix_(rows, np.array(self.active, np.intp))], Outcome.PASSED, Outcome.FAILED).astype(
            np.int8
        )
        for place, new in zip(self.active, count_tests(outcomes), strict=True):
            self.known[place] = added(self.known.get(place, Statistics()), new)
        self.groups = added(self.groups, count_group(outcomes))

    def score(self, rng: np.random.Generator) -> tuple[float, float]:
        """(discrimination, share without a signal) over fresh groups of both kinds; NaN without any."""
        found = []
        for _ in range(FRESH):
            rows = rng.choice(len(self.correct), min(GROUP, len(self.correct)), replace=False)
            right = self.correct[rows]
            if 0 < right.sum() < len(rows):
                reward = self.passed[np.ix_(rows, np.array(self.active, np.intp))].sum(axis=1)
                margin = reward[right][:, None] - reward[~right][None, :]
                found.append((np.mean(margin > 0) + np.mean(margin == 0) / 2, float(np.ptp(reward) == 0)))
        return tuple(np.mean(found, axis=0)) if found else (np.nan, np.nan)


def train(pupils: list[Pupil], config: BankConfig, *, retires: bool) -> int:
    """Draw groups step after step, as the bank would see them; return the tests bought."""
    rng, spent = np.random.default_rng(SEED), 0
    steps = [np.arange(len(pupils))]
    for _ in range(EPOCHS):
        order = rng.permutation(len(pupils))
        steps += np.split(order, range(BATCH, len(order), BATCH))
    for number, step in enumerate(steps):
        for place in step if number else ():
            if pupils[place].active:
                pupils[place].observe(rng.choice(len(pupils[place].correct), GROUP))
        decisions = decide([pupils[place].holding(str(place)) for place in step], spent, config)
        for item in decisions:
            if isinstance(item, Buy):
                before = pupils[int(item.problem_id)].held
                pupils[int(item.problem_id)].write(item.tests)
                spent += pupils[int(item.problem_id)].held - before
            elif isinstance(item, Retire) and retires:
                pupils[int(item.problem_id)].active.remove(item.place)
    return spent


def trained(matrices: list[tuple[np.ndarray, np.ndarray]], average: int, kind: str) -> tuple[np.ndarray, int, int]:
    """(P, 2) scores, tests written and tests active under one way to spend an average number of tests."""
    pupils = [Pupil(passed, correct) for passed, correct in matrices]
    if kind == "uniform":
        for pupil in pupils:
            pupil.write(average)
        spent = sum(pupil.held for pupil in pupils)
    else:
        most = min(passed.shape[1] for passed, _ in matrices)
        start = max(min(8, average // 2), 2)
        config = BankConfig(total=average * len(pupils), cap=most, start=start)
        spent = train(pupils, config, retires=kind == "policy")
    scores = np.array([pupil.score(np.random.default_rng((SEED, place))) for place, pupil in enumerate(pupils)])
    return scores, spent, sum(len(pupil.active) for pupil in pupils)


def show(title: str, matrices: list[tuple[np.ndarray, np.ndarray]]) -> list[dict[str, object]]:
    """Print the table of one set of matrices; return its rows."""
    print(f"{title}: {len(matrices)} problems")
    head = ("average", "way", "written", "active", "discrimination %", "against uniform", "no signal %")
    print("{:>7} {:14} {:>7} {:>6} {:>16} {:>22} {:>11}".format(*head))
    rows = []
    for average in AVERAGES:
        base, *_ = trained(matrices, average, "uniform")
        for kind in ("uniform", "buying alone", "policy"):
            scores, spent, active = trained(matrices, average, kind)
            both = ~np.isnan(scores[:, 0]) & ~np.isnan(base[:, 0])
            rng = np.random.default_rng(SEED)
            mean = bootstrap_mean(100 * scores[both, 0], rng).mean
            gain = paired_difference(100 * scores[both, 0], 100 * base[both, 0], rng)
            silent = 100 * float(np.nanmean(scores[:, 1]))
            against = f"{gain.mean:+.2f} [{gain.low:+.2f}, {gain.high:+.2f}]"
            print(f"{average:7} {kind:14} {spent:7} {active:6} {mean:16.2f} {against:>22} {silent:11.2f}")
            rows.append({"set": title, "average": average, "way": kind, "written": spent, "discrimination": mean, "silent": silent})
    return rows


def simulated(writer: str) -> list[tuple[np.ndarray, np.ndarray]]:
    found = simulate(POLICY, WRITERS[writer], PROBLEMS, CANDIDATES, TESTS, SEED)
    return [(problem.passed, problem.correct) for problem in found]


def recorded(run: Path, problems: Path, candidates: Path, labels: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    found = read_study(StudyPaths(problems, candidates, labels, run))
    return [(problem.passed, problem.correct[problem.judged]) for problem in found if problem.passed.shape[1]]


def main() -> None:
    if len(sys.argv) == 5:
        rows = show("recorded", recorded(*map(Path, sys.argv[1:])))
    else:
        rows = [row for writer in WRITERS for row in show(writer, simulated(writer))]
    print(json.dumps({"bank": rows}))


if __name__ == "__main__":
    main()
