"""The learned gain model: from features straight to the curve, trusted only where it predicts held-out problems.

The curve is cut into spans of tests (0-1, 1-4, 4-16, ...). Each span's rise has a ridge regression of its own on all features.
Predictions for problems held out tell how far to trust it: the slope of the true rise on the predicted one, less one standard
error, cut to [0, 1]. A prediction scales the gains of the mean curve within its span, so what cannot be predicted leaves the
mean curve, the same for all problems.
"""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from coderm.budget.base import ProblemFeatures
from coderm.budget.concave import majorant_gains
from coderm.budget.curve import check_training
from coderm.budget.gains import TableGains
from coderm.matrix import BoolArray, FloatArray, IndexArray

PENALTIES = (3.0, 10.0, 30.0, 100.0, 300.0)
"""Ridge penalties tried, in units of one training problem of standardised features."""
CAUTION = 1.0
"""Standard errors taken off the slope: one, the usual rule for preferring the simpler model."""
STRETCH = 4
"""Each span ends at so many times the tests of the one before: on a log scale accuracy rises almost evenly, and fewer spans than
with doubling leave each more to be predicted."""
MOST = 3.0
"""Most that a prediction scales the mean gains by."""
LEAST_RISE = 0.005
"""Mean rises are taken as at least this, so that dividing by them stays tame."""
FOLDS = 50
"""Held-out groups of problems at most; up to so many problems it is one at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """names: the F features; centre, scale: (F,) standardise them. weights: (F, S) to rises of spans; trust: (S,) in [0, 1].

    spans: (S + 1,) their ends in tests. base: (C,) gains of the mean curve. Refuses features it was not trained on (DataError).
    """

    name: ClassVar[str] = "learned"
    names: tuple[str, ...]
    spans: IndexArray
    centre: FloatArray
    scale: FloatArray
    base: FloatArray
    weights: FloatArray
    trust: FloatArray

    @property
    def reads(self) -> tuple[str, ...]:
        return self.names

    @classmethod
    def fit(cls, features: ProblemFeatures, curves: FloatArray, group: IndexArray | None = None, start: int = 0) -> Self:
        """Fit to the features and (P, C + 1) accuracies with 0 .. C tests of training problems, under the rule in use.

        start: tests already run when the features were taken; the curve is learned from there. group: (P,) problem of each
        row where a problem has several (one per draw of its first tests); rows of a problem are held out together.
        """
        values = features.values.astype(np.float64)
        check_training(values, curves)
        held = np.arange(len(values)) if group is None else group
        centre, scale = values.mean(axis=0), values.std(axis=0) + 1e-9
        inputs, spans = (values - centre) / scale, _spans(start, curves.shape[1] - 1)
        rises = np.diff(curves[:, spans], axis=1)
        copies = len(held) / len(np.unique(held))
        fits = [_trusted(inputs, rises - rises.mean(axis=0), held, penalty, copies) for penalty in PENALTIES]
        best, span = np.argmin([loss for _, _, loss in fits], axis=0), np.arange(len(spans) - 1)
        weights = np.stack([weights for weights, _, _ in fits])[best, :, span].T
        trust = np.stack([trust for _, trust, _ in fits])[best, span]
        base = np.zeros(curves.shape[1] - 1)
        base[start:] = majorant_gains(curves[:, start:].mean(axis=0, keepdims=True))[0]
        return cls(features.names, spans, centre, scale, base, weights, trust)

    def gains(self, features: ProblemFeatures) -> TableGains:
        """Gains of units already run (below the first span) equal the best one: the allocator has them in its floor."""
        inputs = (features.only(self.names) - self.centre) / self.scale
        start = int(self.spans[0])
        rise = np.add.reduceat(self.base, self.spans[:-1]) if len(self.spans) > 1 else np.zeros(0)
        factor = np.clip(1 + self.trust * (inputs @ self.weights) / np.maximum(rise, LEAST_RISE), 0, MOST)
        gains = np.zeros((len(inputs), len(self.base)))
        scaled = self.base[start:] * np.repeat(factor, np.diff(self.spans), axis=1)
        gains[:, start:] = majorant_gains(np.cumsum(np.pad(scaled, ((0, 0), (1, 0))), axis=1))
        gains[:, :start] = gains.max(initial=0.0)
        return TableGains.of(gains, endless=True)


def _spans(start: int, last: int) -> IndexArray:
    ends = [STRETCH**power for power in range(last.bit_length()) if start < STRETCH**power < last]
    return np.unique([start, *ends, max(last, start)]).astype(np.intp)


def _trusted(
    inputs: FloatArray, rises: FloatArray, group: IndexArray, penalty: float, copies: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weights (F, S), trust (S,) and held-out squared error (S,) of one penalty."""
    guess = np.zeros_like(rises)
    for out in _folds(group):
        weights = _ridge(inputs[~out], rises[~out] - rises[~out].mean(axis=0), penalty * copies)
        guess[out] = (inputs[out] - inputs[~out].mean(axis=0)) @ weights
    power = (guess * guess).sum(axis=0) + 1e-12
    slope = np.clip((guess * rises).sum(axis=0) / power, 0, 1)
    error = np.sqrt(((rises - slope * guess) ** 2).mean(axis=0) * copies / power)  # copies of a problem are no new evidence
    trust = np.clip(slope - CAUTION * error, 0, 1)
    return _ridge(inputs, rises, penalty * copies), trust, ((rises - trust * guess) ** 2).sum(axis=0)


def _ridge(inputs: FloatArray, outputs: FloatArray, penalty: float) -> FloatArray:
    """(F, S) weights; both sides are centred by the caller, or by standardising."""
    centred = inputs - inputs.mean(axis=0)
    weights: FloatArray = np.linalg.solve(centred.T @ centred + penalty * np.eye(inputs.shape[1]), centred.T @ outputs)
    return weights


def _folds(group: IndexArray) -> list[BoolArray]:
    problems, member = np.unique(group, return_inverse=True)
    if len(problems) < 2:
        return []
    count = min(len(problems), FOLDS)
    return [member % count == fold for fold in range(count)]
