"""Error rates of tests as classifiers of programs: of one test, and of all tests of a problem together.

Pure functions of verdicts and labels. Cells without verdict are left out of every rate. Rates whose
denominator is empty are NaN, never 0. The two pairs of error rates are named apart: false discovery and false omission
(what the paper calls FAR and FRR) against false positive and false negative (the textbook ones).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coderm.arrays import BoolArray, FloatArray
from coderm.errors import DataError
from coderm.selection.base import select_matrix
from coderm.selection.max_pass import MaxPass
from coderm.selection.pass_matrix import PassMatrix

CountArray = npt.NDArray[np.int64]


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
    def count(cls, accepted: BoolArray, correct: BoolArray, known: BoolArray, axis: int | None = None) -> "Confusion":
        """Count cells of broadcast boolean arrays, along an axis or all; unknown cells are left out."""
        cells = (accepted & correct, accepted & ~correct, ~accepted & correct, ~accepted & ~correct)
        return cls(*(np.asarray((cell & known).sum(axis=axis, dtype=np.int64)) for cell in cells))

    def __add__(self, other: "Confusion") -> "Confusion":
        return Confusion(
            np.asarray(self.true_positives + other.true_positives),
            np.asarray(self.false_positives + other.false_positives),
            np.asarray(self.false_negatives + other.false_negatives),
            np.asarray(self.true_negatives + other.true_negatives),
        )

    def ratios(self) -> dict[str, tuple[CountArray, CountArray]]:
        """Every rate by its unmistakable name, as (part, whole), so that sums over problems can be divided.

        accuracy = (TP + TN) / all. f1 = 2 TP / (2 TP + FP + FN). The paper's FAR is the false discovery rate FP / (FP + TP), its
        FRR the false omission rate FN / (FN + TN). The textbook ones are FP / (FP + TN) and FN / (FN + TP).
        """
        right, wrong = self.true_positives + self.true_negatives, self.false_positives + self.false_negatives
        return {
            "accuracy": (right, right + wrong),
            "f1": (2 * self.true_positives, 2 * self.true_positives + wrong),
            "paper_far_false_discovery_rate": (self.false_positives, self.false_positives + self.true_positives),
            "paper_frr_false_omission_rate": (self.false_negatives, self.false_negatives + self.true_negatives),
            "false_positive_rate": (self.false_positives, self.false_positives + self.true_negatives),
            "false_negative_rate": (self.false_negatives, self.false_negatives + self.true_positives),
        }

    @property
    def false_discovery_rate(self) -> FloatArray:
        """Share of accepted candidates that are wrong. The paper's FAR."""
        return _ratio(*self.ratios()["paper_far_false_discovery_rate"])

    @property
    def false_omission_rate(self) -> FloatArray:
        """Share of rejected candidates that are right. The paper's FRR."""
        return _ratio(*self.ratios()["paper_frr_false_omission_rate"])

    @property
    def false_positive_rate(self) -> FloatArray:
        """Share of wrong candidates that are accepted. The textbook false acceptance rate."""
        return _ratio(*self.ratios()["false_positive_rate"])

    @property
    def false_negative_rate(self) -> FloatArray:
        """Share of right candidates that are rejected. The textbook false rejection rate."""
        return _ratio(*self.ratios()["false_negative_rate"])

    @property
    def accuracy(self) -> FloatArray:
        """Share of verdicts that are right."""
        return _ratio(*self.ratios()["accuracy"])

    @property
    def f1(self) -> FloatArray:
        """Harmonic mean of precision and recall."""
        return _ratio(*self.ratios()["f1"])

    def figures(self) -> dict[str, float]:
        """Every rate by name."""
        return {name: float(_ratio(*pair)) for name, pair in self.ratios().items()}


def per_test_confusion(matrix: PassMatrix, correct: npt.ArrayLike) -> Confusion:
    """Count each test by itself over the candidates of a problem; every count is (M,)."""
    return Confusion.count(matrix.passed, _labels(matrix, correct)[:, None], matrix.known, axis=0)


def one_test_confusion(problems: Iterable[tuple[PassMatrix, npt.ArrayLike]]) -> Confusion:
    """Pool every (problem, candidate, test): a candidate is accepted by a test it passes (paper: "one test")."""
    total = Confusion.nothing()
    for matrix, correct in problems:
        total = total + Confusion.count(matrix.passed, _labels(matrix, correct)[:, None], matrix.known)
    return total


def all_tests_confusion(problems: Iterable[tuple[PassMatrix, npt.ArrayLike]]) -> Confusion:
    """Pool every (problem, candidate): accepted iff it has its problem's maximal pass count (paper: "100 tests").

    Candidates that cannot be judged (see PassMatrix.without_lost) and problems without any usable test are left out.
    """
    total = Confusion.nothing()
    for matrix, correct in problems:
        labels, (judged, rows) = _labels(matrix, correct), matrix.without_lost()
        if not judged.tests:
            continue
        accepted = np.zeros(labels.shape, np.bool_)
        accepted[select_matrix(MaxPass(), matrix).kept] = True
        total = total + Confusion.count(accepted[rows], labels[rows], np.ones(rows.shape, np.bool_))
    return total


def _labels(matrix: PassMatrix, correct: npt.ArrayLike) -> BoolArray:
    labels = np.asarray(correct, dtype=np.bool_)
    if labels.shape != (len(matrix.programs),):
        raise DataError(f"{labels.size} labels for {len(matrix.programs)} candidates: give one label per candidate")
    return labels


def _ratio(part: CountArray, whole: CountArray) -> FloatArray:
    ratio = np.full(np.shape(whole), np.nan)
    np.divide(part, whole, out=ratio, where=np.asarray(whole) > 0)
    return ratio
