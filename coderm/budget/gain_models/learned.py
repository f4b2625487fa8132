"""The learned gain model: from features straight to the curve, trusted only where it predicts held-out problems.

It starts from the curve of the problem's difficulty, as shown by its visible examples (the share of candidates that pass them all);
without any, from the mean curve. The curve is cut into spans of tests (0-1, 1-4, 4-16, ...). What each span's rise is above that
curve has a ridge regression of its own on the other features. Predictions for problems held out tell how far to trust either step,
span by span: the slope of the true on the predicted, less one standard error, cut to [0, 1]. What cannot be predicted leaves the
mean curve, the same for all problems.
"""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from coderm.arrays import BoolArray, FloatArray, IndexArray
from coderm.budget.allocation.gains import TableGains
from coderm.budget.features.survey import EXAMPLE_FEATURES, EXAMPLES, EXAMPLES_PASSED
from coderm.budget.gain_models.base import ProblemFeatures
from coderm.budget.gain_models.concave import majorant_gains
from coderm.budget.gain_models.curve import EDGES, MARKS, check_training, smoothed

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
    """names: features read. spans: (S + 1,) their ends in tests. base: (C,) gains of the mean curve. edges, rows: the gains by
    visible examples, as in Curve, as far as they are trusted. centre, scale: (F,) standardise the regression's features; weights:
    (F, S) to rises of spans; trust: (S,) in [0, 1]. Refuses features it was not trained on (DataError).
    """

    name: ClassVar[str] = "learned"
    names: tuple[str, ...]
    spans: IndexArray
    base: FloatArray
    edges: FloatArray
    rows: FloatArray
    centre: FloatArray
    scale: FloatArray
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
        check_training(features.values.astype(np.float64), curves)
        held = np.arange(len(curves)) if group is None else group
        values, folds = features.only(_regressed(features.names)), _folds(held)
        centre, scale = values.mean(axis=0), values.std(axis=0) + 1e-9
        inputs, spans = (values - centre) / scale, _spans(start, curves.shape[1] - 1)
        copies = len(held) / len(np.unique(held))
        mean, by_examples = (np.zeros((len(curves), curves.shape[1] - 1)) for _ in range(2))
        for held_out in folds:
            training_rows = _one_each(held, ~held_out)
            mean[held_out] = _mean_gains(curves[training_rows])
            by_examples[held_out] = _by_examples(features, curves, training_rows, held_out, mean[held_out]) - mean[held_out]
        lift = _sums(by_examples[:, start:], spans)
        rises = np.diff(curves[:, spans], axis=1) - _sums(mean[:, start:], spans)
        trust_in_examples = _trust(lift, rises, copies)
        rises = rises - trust_in_examples * lift
        fits = [_trusted(inputs, rises - rises.mean(axis=0), folds, penalty, copies) for penalty in PENALTIES]
        best, span = np.argmin([loss for _, _, loss in fits], axis=0), np.arange(len(spans) - 1)
        weights = np.stack([weights for weights, _, _ in fits])[best, :, span].T
        trust = np.stack([trust for _, trust, _ in fits])[best, span]
        every = _one_each(held, np.ones(len(held), np.bool_))
        base, with_examples = _mean_gains(curves[every]), every[_has_examples(features)[every]]
        rows, edges = base[None], np.zeros(0)
        if len(with_examples):
            rows, edges = smoothed(features.column(EXAMPLES_PASSED)[with_examples], curves[with_examples], MARKS), EDGES
            rows[:, start:] = base[start:] + np.repeat(trust_in_examples, np.diff(spans)) * (rows - base)[:, start:]
        return cls(features.names, spans, base, edges, rows, centre, scale, weights, trust)

    def gains(self, features: ProblemFeatures) -> TableGains:
        """Gains of units already run (below the first span) equal the best one: the allocator has them in its floor."""
        inputs = (features.only(_regressed(self.names)) - self.centre) / self.scale
        start, expected, known = int(self.spans[0]), np.tile(self.base, (len(inputs), 1)), _has_examples(features)
        if known.any():
            expected[known] = self.rows[np.digitize(features.column(EXAMPLES_PASSED)[known], self.edges)]
        rise = _sums(expected[:, start:], self.spans)
        factor = np.clip(1 + self.trust * (inputs @ self.weights) / np.maximum(rise, LEAST_RISE), 0, MOST)
        gains = np.zeros_like(expected)
        scaled = expected[:, start:] * np.repeat(factor, np.diff(self.spans), axis=1)
        gains[:, start:] = majorant_gains(np.cumsum(np.pad(scaled, ((0, 0), (1, 0))), axis=1))
        gains[:, :start] = gains.max(initial=0.0)
        return TableGains.of(gains, endless=True)


def _one_each(group: IndexArray, among: BoolArray) -> IndexArray:
    """One row of each problem among some rows."""
    chosen = np.flatnonzero(among)
    return chosen[np.unique(group[chosen], return_index=True)[1]]


def _mean_gains(curves: FloatArray) -> FloatArray:
    """(C,) gains of the mean curve."""
    gains: FloatArray = majorant_gains(curves.mean(axis=0, keepdims=True))[0]
    return gains


def _by_examples(
    features: ProblemFeatures, curves: FloatArray, training_rows: IndexArray, asked: BoolArray, mean: FloatArray
) -> FloatArray:
    """(A, C) gains by visible examples for some rows, learned from others; the mean ones where there is no example."""
    gains, known = mean.copy(), _has_examples(features)
    sources = training_rows[known[training_rows]]
    if known[asked].any() and len(sources):
        share = features.column(EXAMPLES_PASSED)
        marks, place = np.unique(np.digitize(share[asked & known], EDGES), return_inverse=True)
        gains[known[asked]] = smoothed(share[sources], curves[sources], MARKS[marks])[place]
    return gains


def _trust(guess: FloatArray, truth: FloatArray, copies: float) -> FloatArray:
    """(S,) how far to trust held-out guesses; copies of a problem are no new evidence."""
    power = (guess * guess).sum(axis=0) + 1e-12
    slope = np.clip((guess * truth).sum(axis=0) / power, 0, 1)
    error = np.sqrt(((truth - slope * guess) ** 2).mean(axis=0) * copies / power)
    trust: FloatArray = np.clip(slope - CAUTION * error, 0, 1)
    return trust


def _has_examples(features: ProblemFeatures) -> BoolArray:
    """(P,) whether a problem shows examples."""
    if EXAMPLES not in features.names:
        return np.zeros(len(features.task_ids), np.bool_)
    return features.column(EXAMPLES) > 0


def _regressed(names: tuple[str, ...]) -> tuple[str, ...]:
    """The features of the regression: all but those that decide where it starts from."""
    return tuple(name for name in names if name not in EXAMPLE_FEATURES)


def _sums(gains: FloatArray, spans: IndexArray) -> FloatArray:
    """(P, S) rise within each span of gains that begin at the first."""
    rises: FloatArray = np.diff(np.cumsum(np.pad(gains, ((0, 0), (1, 0))), axis=1)[:, spans - spans[0]], axis=1)
    return rises


def _spans(start: int, last: int) -> IndexArray:
    ends = [STRETCH**power for power in range(last.bit_length()) if start < STRETCH**power < last]
    return np.unique([start, *ends, max(last, start)]).astype(np.intp)


def _trusted(
    inputs: FloatArray, rises: FloatArray, folds: list[BoolArray], penalty: float, copies: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weights (F, S), trust (S,) and held-out squared error (S,) of one penalty."""
    guess = np.zeros_like(rises)
    for held_out in folds:
        known = rises[~held_out]
        weights = _ridge(inputs[~held_out], known - known.mean(axis=0), penalty * copies)
        guess[held_out] = (inputs[held_out] - inputs[~held_out].mean(axis=0)) @ weights
    trust = _trust(guess, rises, copies)
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
