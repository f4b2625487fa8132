"""What the charts of the page are drawn from, gathered one problem at a time."""

from dataclasses import dataclass, field

import numpy as np

from coderm.arrays import BoolArray, FloatArray
from coderm.evaluation.curves import subsample_scores
from coderm.evaluation.finished_problem import FinishedProblem
from coderm.evaluation.pass_rate_bins import EDGES, bin_name
from coderm.selection.base import Rule

SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Numbers of tests at which accuracy is measured."""
REPETITIONS = 10
"""Random orders of a problem's tests behind each point."""
QUALITY_BINS = 10
"""Bins of one test's rates in each direction."""


@dataclass
class PageFigures:
    """Sums over problems.

    accuracy: an (S,) row a labelled problem, its mean best-of-N score with SIZES tests, constant past its own tests.
    true: per bin of the pass rate, problems and tests allotted. rates: (B, B) tests, by share of right programs that they reject
    (rows) and of wrong ones that they accept (columns).
    """

    seed: int
    accuracy: list[FloatArray] = field(default_factory=list)
    most_tests: int = 0
    true: FloatArray = field(default_factory=lambda: np.zeros((len(EDGES) + 1, 2)))
    rates: FloatArray = field(default_factory=lambda: np.zeros((QUALITY_BINS, QUALITY_BINS)))

    def add(self, problem: FinishedProblem, rule: Rule, *, examples: bool = False) -> None:
        """Take one problem in; what needs labels or every pair is left out where they are not there."""
        tests = len(problem.result.tests)
        if not problem.labelled or not problem.positions.size:
            return
        self.true[_bin(float(problem.correct.mean()))] += 1, problem.result.units
        if problem.result.skipped:
            return
        self.most_tests = max(self.most_tests, tests)
        rows = problem.best_on_examples if examples else np.arange(len(problem.positions))
        passed, labels = problem.judged(rows)
        rng = np.random.default_rng((self.seed, problem.result.index))
        sizes = [size for place, size in enumerate(SIZES) if place == 0 or SIZES[place - 1] < tests]
        scores = subsample_scores(rule, passed, labels, sizes, rng, REPETITIONS).mean(axis=1)
        self.accuracy.append(np.pad(scores, (0, len(SIZES) - len(sizes)), mode="edge"))
        self.rates += _rates(problem.matrix.passed, problem.matrix.known, problem.correct[problem.positions])

    def curve(self) -> list[tuple[int, float, float]]:
        """Number of tests, mean accuracy and half its 95 % interval over problems (normal), as far as any problem has tests."""
        if not self.accuracy:
            return []
        scores = np.array(self.accuracy)
        half = 1.96 * scores.std(axis=0, ddof=1) / len(scores) ** 0.5 if len(scores) > 1 else np.zeros(len(SIZES))
        shown = [place for place, size in enumerate(SIZES) if place == 0 or SIZES[place - 1] < self.most_tests]
        return [(min(SIZES[i], max(self.most_tests, 1)), float(scores[:, i].mean()), float(half[i])) for i in shown]

    @staticmethod
    def bins() -> list[str]:
        """Names of the bins of `true`."""
        return [bin_name(place) for place in range(len(EDGES) + 1)]


def _bin(rate: float) -> int:
    return int(np.searchsorted(EDGES, rate, side="right"))


def _rates(passed: BoolArray, known: BoolArray, correct: BoolArray) -> FloatArray:
    """Count the tests of a problem by the share of right programs that they reject and of wrong programs that they accept."""
    counts = np.zeros((QUALITY_BINS, QUALITY_BINS))
    right, wrong = known[correct], known[~correct]
    rejected = (right & ~passed[correct]).sum(axis=0)
    accepted = (wrong & passed[~correct]).sum(axis=0)
    rights, wrongs = right.sum(axis=0), wrong.sum(axis=0)
    both = (rights > 0) & (wrongs > 0)
    row = np.minimum((rejected[both] / rights[both] * QUALITY_BINS).astype(int), QUALITY_BINS - 1)
    column = np.minimum((accepted[both] / wrongs[both] * QUALITY_BINS).astype(int), QUALITY_BINS - 1)
    np.add.at(counts, (row, column), 1)
    return counts
