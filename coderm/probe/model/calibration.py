"""Calibration: from logits to rates that mean what they say, fitted on problems the network was not trained on."""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

from coderm.arrays import FloatArray

Kind = Literal["temperature", "isotonic", "none"]

LOWEST = 1e-4
"""Rates stay this far from 0 and 1: a prediction of exactly 0 would say that no number of samples can ever hold a right one."""
HOTTEST, COLDEST = 20.0, 0.05
"""Range of temperatures; a logit multiplied by less than 1/20 says nothing any more."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """temperature: divides the logits. logits, rates: (K,) ascending knots between which `isotonic` interpolates."""

    kind: Kind
    temperature: float
    logits: FloatArray
    rates: FloatArray

    @classmethod
    def fit(cls, kind: Kind, logits: FloatArray, rates: FloatArray, weights: FloatArray) -> Self:
        """Fit to (P,) held-out logits, true rates in [0, 1] and positive weights."""
        knots = _rising(logits, rates, weights) if kind == "isotonic" else (np.zeros(0), np.zeros(0))
        return cls(kind, _temperature(logits, rates, weights) if kind == "temperature" else 1.0, *knots)

    def __call__(self, logits: FloatArray) -> FloatArray:
        """(P,) rates in [LOWEST, 1 - LOWEST]."""
        rates = np.interp(logits, self.logits, self.rates) if self.kind == "isotonic" else sigmoid(logits / self.temperature)
        return np.clip(rates, LOWEST, 1 - LOWEST)


def sigmoid(logits: FloatArray) -> FloatArray:
    """1 / (1 + exp(-x)) without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * logits)))


def _temperature(logits: FloatArray, rates: FloatArray, weights: FloatArray) -> float:
    """The temperature with the smallest cross-entropy: the root of its slope, which rises with 1 / temperature."""
    low, high = 1 / HOTTEST, 1 / COLDEST
    for _ in range(60):
        middle = (low * high) ** 0.5
        if (weights * (sigmoid(middle * logits) - rates) * logits).sum() > 0:
            high = middle
        else:
            low = middle
    return float(1 / (low * high) ** 0.5)


def _rising(logits: FloatArray, rates: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Pool adjacent violators: the non-decreasing step function nearest to the rates, as knots at the ends of its steps."""
    blocks: list[tuple[float, float, float, float]] = []  # first logit, last logit, mean rate, weight
    for logit, rate, weight in sorted(zip(logits.tolist(), rates.tolist(), weights.tolist(), strict=True)):
        blocks.append((logit, logit, rate, weight))
        while len(blocks) > 1 and (blocks[-2][2] >= blocks[-1][2] or blocks[-2][1] == blocks[-1][0]):
            _, last, upper, above = blocks.pop()
            first, _, lower, below = blocks.pop()
            blocks.append((first, last, (lower * below + upper * above) / (below + above), below + above))
    knots = np.array([(at, rate) for first, last, rate, _ in blocks for at in (first, last)])
    return knots[:, 0], knots[:, 1]
