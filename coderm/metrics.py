"""Figures of a benchmark: pass@k, best-of-N, error rates of tests as classifiers, curves over the number of tests.

Pure functions of verdicts and labels; randomness is passed in. Cells without verdict are left out of every rate. Rates whose
denominator is empty are NaN, never 0. The two pairs of error rates are named apart: false discovery and false omission
(what the paper calls FAR and FRR) against false positive and false negative (the textbook ones).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from coderm.errors import DataError
from coderm.matrix import BoolArray, FloatArray, PassMatrix
from coderm.selection.base import Rule, Selection, select, select_matrix
from coderm.selection.max_pass import MaxPass

CountArray = npt.NDArray[np.int64]

RESAMPLES = 2000
"""Bootstrap resamples; the 95 % bounds then move by about a twentieth of the interval's width between seeds."""
REPETITIONS = 100
"""Draws per point of a test-count curve (paper: 100)."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and its confidence interval."""

    mean: float
    low: float
    high: float


def pass_at_k(samples: npt.ArrayLike, correct: npt.ArrayLike, k: npt.ArrayLike) -> FloatArray:
    """Return 1 - C(n - c, k) / C(n, k), the unbiased chance that k of n samples hold one of c correct; arguments broadcast.

    Computed as a product of k factors in [0, 1], so nothing overflows. Raises DataError unless 0 <= c <= n and 0 <= k <= n.
    """
    n, c, draws = np.broadcast_arrays(*(np.asarray(values, dtype=np.int64) for values in (samples, correct, k)))
    if ((c < 0) | (c > n) | (draws < 0) | (draws > n)).any():
        raise DataError("pass@k needs 0 <= correct <= samples and 0 <= k <= samples: lower k or sample more")
    misses = np.ones(n.shape)
    for i in range(int(draws.max(initial=0))):
        factor = np.maximum(n - c - i, 0) / np.maximum(n - i, 1)
        misses = np.where(i < draws, misses * factor, misses)
    return 1.0 - misses


def best_of_n(selections: Sequence[Selection], correct: Sequence[npt.ArrayLike]) -> FloatArray:
    """(P,) best-of-N score per problem, the fraction of kept candidates that are correct; the benchmark's is their mean."""
    return np.array([chosen.fraction_correct(labels) for chosen, labels in zip(selections, correct, strict=True)], np.float64)


def bootstrap_mean(values: npt.ArrayLike, rng: np.random.Generator, level: float = 0.95, resamples: int = RESAMPLES) -> Estimate:
    """Mean over problems with a percentile bootstrap interval; problems are the units resampled. NaN without any value."""
    scores = np.asarray(values, dtype=np.float64)
    if not scores.size:
        return Estimate(np.nan, np.nan, np.nan)
    means = np.array([scores[rng.integers(0, scores.size, scores.size)].mean() for _ in range(resamples)])
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(scores.mean()), float(low), float(high))


def paired_difference(
    ours: npt.ArrayLike, theirs: npt.ArrayLike, rng: np.random.Generator, level: float = 0.95, resamples: int = RESAMPLES
) -> Estimate:
    """Mean of ours - theirs over the same problems, bootstrapped in pairs; raises DataError for different lengths."""
    a, b = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    if a.shape != b.shape:
        raise DataError(f"paired difference: {a.size} scores against {b.size}; compare the same problems")
    return bootstrap_mean(a - b, rng, level, resamples)


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """Counts of verdicts against labels; positive = accepted by the tests."""

    true_positives: CountArray
    false_positives: CountArray
    false_negatives: CountArray
    true_negatives: CountArray

    @classmethod
    def nothing(cls) -> "Confusion":
        """No cell counted."""
        return cls(*(np.zeros((), np.int64) for _ in range(4)))

    @classmethod
    def count(cls, accepted: BoolArray, correct: BoolArray, known: BoolArray) -> "Confusion":
        """Count cells of broadcast boolean arrays; unknown cells are left out."""
        cells = (accepted & correct, accepted & ~correct, ~accepted & correct, ~accepted & ~correct)
        return cls(*(np.asarray((cell & known).sum(dtype=np.int64)) for cell in cells))

    def __add__(self, other: "Confusion") -> "Confusion":
        return Confusion(
            np.asarray(self.true_positives + other.true_positives),
            np.asarray(self.false_positives + other.false_positives),
            np.asarray(self.false_negatives + other.false_negatives),
            np.asarray(self.true_negatives + other.true_negatives),
        )

    @property
    def false_discovery_rate(self) -> FloatArray:
        """FP / (FP + TP): share of accepted candidates that are wrong. The paper's FAR."""
        return _ratio(self.false_positives, self.false_positives + self.true_positives)

    @property
    def false_omission_rate(self) -> FloatArray:
        """FN / (FN + TN): share of rejected candidates that are right. The paper's FRR."""
        return _ratio(self.false_negatives, self.false_negatives + self.true_negatives)

    @property
    def false_positive_rate(self) -> FloatArray:
        """FP / (FP + TN): share of wrong candidates that are accepted. The textbook false acceptance rate."""
        return _ratio(self.false_positives, self.false_positives + self.true_negatives)

    @property
    def false_negative_rate(self) -> FloatArray:
        """FN / (FN + TP): share of right candidates that are rejected. The textbook false rejection rate."""
        return _ratio(self.false_negatives, self.false_negatives + self.true_positives)

    @property
    def accuracy(self) -> FloatArray:
        """(TP + TN) / all."""
        right = self.true_positives + self.true_negatives
        return _ratio(right, right + self.false_positives + self.false_negatives)

    @property
    def f1(self) -> FloatArray:
        """2 TP / (2 TP + FP + FN)."""
        doubled = 2 * self.true_positives
        return _ratio(doubled, doubled + self.false_positives + self.false_negatives)

    def figures(self) -> dict[str, float]:
        """Every rate by its unmistakable name."""
        return {
            "accuracy": float(self.accuracy),
            "f1": float(self.f1),
            "paper_far_false_discovery_rate": float(self.false_discovery_rate),
            "paper_frr_false_omission_rate": float(self.false_omission_rate),
            "false_positive_rate": float(self.false_positive_rate),
            "false_negative_rate": float(self.false_negative_rate),
        }


def one_test_confusion(problems: Iterable[tuple[PassMatrix, npt.ArrayLike]]) -> Confusion:
    """Pool every (problem, candidate, test): a candidate is accepted by a test it passes (paper: "one test")."""
    total = Confusion.nothing()
    for matrix, correct in problems:
        total = total + Confusion.count(matrix.passed, _labels(matrix, correct)[:, None], matrix.known)
    return total


def all_tests_confusion(problems: Iterable[tuple[PassMatrix, npt.ArrayLike]]) -> Confusion:
    """Pool every (problem, candidate): accepted iff it has its problem's maximal pass count (paper: "100 tests").

    Candidates that cannot be judged (see PassMatrix.settled) and problems without any usable test are left out.
    """
    total = Confusion.nothing()
    for matrix, correct in problems:
        labels, (judged, rows) = _labels(matrix, correct), matrix.settled()
        if not judged.tests:
            continue
        accepted = np.zeros(labels.shape, np.bool_)
        accepted[select_matrix(MaxPass(), matrix).kept] = True
        total = total + Confusion.count(accepted[rows], labels[rows], np.ones(rows.shape, np.bool_))
    return total


def subsample_scores(
    rule: Rule,
    passed: BoolArray,
    correct: npt.ArrayLike,
    sizes: Sequence[int],
    rng: np.random.Generator,
    repetitions: int = REPETITIONS,
) -> FloatArray:
    """(S, R) best-of-N score of one problem with m of its M tests, drawn without replacement, for each size m.

    One repetition orders the tests at random and takes the first m (all M where m > M), so sizes share their draws and
    differences along a curve are not noise between draws.
    """
    scores = np.empty((len(sizes), repetitions))
    for repetition in range(repetitions):
        order = rng.permutation(passed.shape[1])
        for row, size in enumerate(sizes):
            scores[row, repetition] = select(rule, passed[:, order[:size]]).fraction_correct(correct)
    return scores


def subsample_curve(
    rule: Rule,
    problems: Sequence[tuple[BoolArray, npt.ArrayLike]],
    sizes: Sequence[int],
    rng: np.random.Generator,
    repetitions: int = REPETITIONS,
    level: float = 0.95,
) -> list[Estimate]:
    """Benchmark score per number of tests, (passes, labels) given per problem: mean over repetitions and its interval.

    The interval (normal, standard error over repetitions) covers the draw of tests only, not the choice of problems.
    """
    if not problems:
        raise DataError("test-count curve: there is no problem to score")
    per_problem = [subsample_scores(rule, passed, correct, sizes, rng, repetitions) for passed, correct in problems]
    benchmark = np.mean(per_problem, axis=0)
    return [_normal_interval(row, level) for row in benchmark]


def _normal_interval(values: FloatArray, level: float) -> Estimate:
    mean = float(values.mean())
    half = NormalDist().inv_cdf((1 + level) / 2) * float(values.std(ddof=1)) / values.size**0.5 if values.size > 1 else np.nan
    return Estimate(mean, mean - half, mean + half)


def _labels(matrix: PassMatrix, correct: npt.ArrayLike) -> BoolArray:
    labels = np.asarray(correct, dtype=np.bool_)
    if labels.shape != (len(matrix.programs),):
        raise DataError(f"{labels.size} labels for {len(matrix.programs)} candidates: give one label per candidate")
    return labels


def _ratio(part: CountArray, whole: CountArray) -> FloatArray:
    share = np.full(np.shape(whole), np.nan)
    np.divide(part, whole, out=share, where=np.asarray(whole) > 0)
    return share
