"""What the tests of the probe are made from: problems as sampled, and tables whose rates follow from their features."""

import numpy as np

from coderm.messages.hidden_states import StateSpec
from coderm.messages.problem import Problem
from coderm.messages.samples import Sample
from coderm.probe.features.cheap import CHEAP
from coderm.probe.features.table import FeatureTable
from coderm.probe.training.train import Labels
from coderm.selection.observed import Observed

SPEC = StateSpec("tiny", (1, 2), "last", "mean_candidates", 2, 64)


def program(number, length=1):
    return "def f(x):\n" + f"    x = x + {number}\n" * length + "    return x\n"


def observed(*codes, examples=None, **sample):
    samples = tuple(Sample(code, code, rejected="" if code else "no_code", **sample) for code in codes)
    return Observed(Problem("p/0", "question", "f", "def f(x):\n"), samples, examples)


def a_table(count=40, width=6, seed=0):
    """Rates follow the first hidden state and the first cheap feature; the rest is noise. Some rates are exactly 0 or 1."""
    rng = np.random.default_rng(seed)
    states = rng.normal(size=(count, width)).astype(np.float32)
    cheap = rng.normal(size=(count, len(CHEAP))).astype(np.float32)
    rates = np.clip(np.round(1 / (1 + np.exp(-3 * states[:, 0] - 3 * cheap[:, 0])), 1), 0, 1)
    ids = tuple(f"p/{place}" for place in range(count))
    table = FeatureTable(ids, SPEC, states, CHEAP, cheap, np.full(count, 10))
    return table, Labels(rates, np.full(count, 10.0))
