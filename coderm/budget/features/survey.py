"""Features of a problem that need no label and no generated test: texts, and how candidates do on the examples a question shows."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from coderm.arrays import BoolArray, FloatArray
from coderm.selection.observed import Observed

TEXT_FEATURES = ("distinct", "largest_copy", "copy_entropy", "log_length", "length_spread", "log_question")
"""Names of what `text_features` returns, in order."""
EXAMPLES, EXAMPLES_PASSED = "shown_examples", "shown_passed"
"""Names of the examples there are, and of the share of candidates that pass them all."""
EXAMPLE_FEATURES = (EXAMPLES, EXAMPLES_PASSED)
"""Names of what `example_features` returns, in order."""
SURVEY_FEATURES = TEXT_FEATURES + EXAMPLE_FEATURES
"""Names of what `survey_features` returns, in order: all that is known before any test is written, in a run and in a study."""


def survey_features(observed: Observed) -> FloatArray:
    """(8,) text features of the usable candidates, example features of all."""
    return np.concatenate([text_features(observed.programs, observed.problem.question), example_features(observed.examples)])


def example_rates(survey: FloatArray) -> FloatArray:
    """(P,) share of candidates that pass all visible examples, from (P, 8) survey features; where there are none, the mean over the
    other problems, NaN without any.
    """
    examples, passed = (survey[:, SURVEY_FEATURES.index(name)] for name in EXAMPLE_FEATURES)
    known = examples > 0
    return np.where(known, passed, passed[known].mean() if known.any() else np.nan)


def text_features(programs: Sequence[str], question: str) -> FloatArray:
    """(6,) share of distinct programs, share of the most common one, entropy of copies in nats, log of the mean length in
    characters, its relative standard deviation, log of the question's length. Without programs all but the last are 0.
    """
    log_question = float(np.log1p(len(question)))
    if not programs:
        return np.array([0.0] * 5 + [log_question])
    copies = np.array(list(Counter(text.strip() for text in programs).values()), np.float64) / len(programs)
    lengths = np.array([len(text) for text in programs], np.float64)
    mean = float(lengths.mean()) + 1
    entropy = float(-(copies * np.log(copies)).sum())
    return np.array([len(copies) / len(programs), copies.max(), entropy, np.log(mean), lengths.std() / mean, log_question])


def example_features(examples: BoolArray | None) -> FloatArray:
    """(2,) number of examples, share of candidates that pass them all; both 0 without examples or candidates."""
    if examples is None or not examples.size:
        return np.zeros(2)
    return np.array([examples.shape[1], examples.all(axis=1).mean()])
