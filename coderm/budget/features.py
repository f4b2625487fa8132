"""Features of a problem that cost no model and need no label: texts of the candidates and the question."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from coderm.matrix import FloatArray

TEXT_FEATURES = ("distinct", "largest_copy", "copy_entropy", "log_length", "length_spread", "log_question")
"""Names of what `text_features` returns, in order."""


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
