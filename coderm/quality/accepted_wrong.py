"""The share of wrong programs that a suite accepts, estimated from what is known: labels, mutants, or the matrix alone.

| estimator | needs | what it is |
|---|---|---|
| `labels` | an independent label of each program | FP / (FP + TN), an unbiased count |
| `mutants` | programs wrong by construction | an upper bound: mutants that equal their original count as accepted |
| `unseen` | rejected programs | a lower bound: Chao's estimate of individuals that no occasion caught |

Intervals are at 95 %: exact binomial ones of counts (Clopper and Pearson, Biometrika 1934), log-normal ones of the unseen.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from coderm.arrays import BoolArray

LEVEL = 0.95
SOURCES = {
    "labels": "counted: accepted wrong programs / all wrong ones",
    "mutants": "counted on mutants: an upper bound, since some equal their original",
    "unseen": "Chao's estimator of the unseen, bias-corrected (Chao 1987): a lower bound",
}


@dataclass(frozen=True, slots=True)
class AcceptedWrong:
    """share in [0, 1] with its interval. wrong: programs it is out of, seen or estimated. accepted: those of them accepted."""

    share: float
    low: float
    high: float
    accepted: float
    wrong: float
    estimator: Literal["labels", "mutants", "unseen"]

    @property
    def source(self) -> str:
        """What the estimate is, and who published it."""
        return SOURCES[self.estimator]


def by_labels(accepted: BoolArray, correct: BoolArray) -> AcceptedWrong | None:
    """Count over (N,) programs with a verdict and a label of another source; None where none is wrong."""
    wrong = ~correct
    return _counted(int((accepted & wrong).sum()), int(wrong.sum()), "labels")


def by_mutants(accepted: BoolArray) -> AcceptedWrong | None:
    """Count over (K,) mutants with a verdict; None without any."""
    return _counted(int(accepted.sum()), len(accepted), "mutants")


def by_unseen(rejections: BoolArray, accepted: int) -> AcceptedWrong | None:
    """Estimate from (R, M) which test rejects which of R distinct rejected programs; accepted: distinct programs accepted.

    Tests are occasions, wrong programs individuals, and a failure is a capture. With q1 and q2 programs that exactly one and two
    tests reject, f = (M - 1) / M * q1 (q1 - 1) / (2 (q2 + 1)) wrong ones are rejected by none, at the least; share = f / (f + R).
    No more can be wrong than were accepted. Where f = 0 the upper end is that of 0 in R. None without a rejected program, or with
    one test, which no program can fail twice.
    """
    count, tests = rejections.shape
    if not count or tests < 2:
        return None
    caught = np.count_nonzero(rejections, axis=1)
    q1, q2 = int((caught == 1).sum()), int((caught == 2).sum())
    shrink = (tests - 1) / tests
    unseen = shrink * q1 * (q1 - 1) / (2 * (q2 + 1))
    if unseen == 0:
        plain = _counted(0, count, "unseen")
        cap = accepted / (accepted + count)
        return plain and AcceptedWrong(0.0, 0.0, min(plain.high, cap), 0.0, float(count), "unseen")
    low, high = _log_normal(unseen, _variance(q1, q2, shrink))
    f, low, high = (min(value, accepted) for value in (unseen, low, high))
    return AcceptedWrong(f / (f + count), low / (low + count), high / (high + count), f, f + count, "unseen")


def _variance(q1: int, q2: int, shrink: float) -> float:
    return float(
        shrink * q1 * (q1 - 1) / (2 * (q2 + 1))
        + shrink**2 * q1 * (2 * q1 - 1) ** 2 / (4 * (q2 + 1) ** 2)
        + shrink**2 * q1**2 * q2 * (q1 - 1) ** 2 / (4 * (q2 + 1) ** 4)
    )


def _log_normal(unseen: float, variance: float) -> tuple[float, float]:
    spread = float(np.exp(1.96 * np.sqrt(np.log1p(variance / unseen**2))))
    return unseen / spread, unseen * spread


def _counted(accepted: int, wrong: int, estimator: Literal["labels", "mutants", "unseen"]) -> AcceptedWrong | None:
    from scipy.stats import binomtest

    if not wrong:
        return None
    interval = binomtest(accepted, wrong).proportion_ci(LEVEL, method="exact")
    return AcceptedWrong(accepted / wrong, float(interval.low), float(interval.high), float(accepted), float(wrong), estimator)
