"""Features that cost no model: how alike the candidates are, how they behave on visible examples, how long everything is.

Pure numpy. NaN says that nothing is known (no examples, no log-probabilities, no candidate), and is never a number in disguise.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from coderm.extract.syntax.normalise import program_key
from coderm.selection.behaviours import classes_of
from coderm.selection.observed import Observed

CHEAP = (
    "distinct",
    "top_program",
    "agreement",
    "examples_passed",
    "examples_all_passed",
    "examples_top_class",
    "examples_agreement",
    "mean_logprob",
    "mean_logprob_spread",
    "prompt_length",
    "program_length",
    "program_length_spread",
    "rejected",
    "truncated",
)
"""Names in the order of `cheap_features`. Shares are in [0, 1]; lengths are natural logarithms of 1 + characters.

`distinct`: distinct programs (normalised syntax tree) over usable candidates. `top_program`: share of the commonest one.
`agreement`: chance that two usable candidates are the same program. `examples_passed`: mean share of the visible examples passed;
`examples_all_passed`: share of candidates that pass all; `examples_top_class`, `examples_agreement`: as above, by behaviour on
the examples. `mean_logprob`: per token, averaged over candidates; `_spread`: standard deviation over candidates. `rejected`,
`truncated`: share of all candidates, and of those that ended at the token limit.
"""


def cheap_features(observed: Observed) -> npt.NDArray[np.float32]:
    """(len(CHEAP),) values of one problem; NaN where nothing is known."""
    problem, usable = observed.problem, observed.usable
    # Keyed anew: the key of a sample ignores less where the user gave the program, and a probe must not see that difference.
    keys = np.unique([program_key(code) for code in observed.programs], return_counts=True)[1] if usable else np.zeros(0, np.intp)
    lengths = np.log1p([len(code) for code in observed.programs])
    logprobs = [value for place in usable if (value := observed.candidates[place].mean_logprob) is not None]
    said = problem.prompt if problem.question in problem.prompt else problem.question + problem.prompt
    values = [
        *_alike(keys),
        *_behaviour(observed),
        _mean(logprobs),
        _spread(logprobs),
        np.log1p(len(said)),
        _mean(lengths),
        _spread(lengths),
        1 - len(usable) / len(observed.candidates) if observed.candidates else np.nan,
        _mean([sample.finish == "length" or sample.rejected == "truncated" for sample in observed.candidates]),
    ]
    return np.array(values, np.float32)


def _alike(counts: npt.NDArray[np.intp]) -> tuple[float, float, float]:
    """Distinct share, share of the largest group, chance that two members share a group, from the sizes of groups."""
    total = counts.sum()
    if not total:
        return np.nan, np.nan, np.nan
    pairs = total * (total - 1)
    return len(counts) / total, counts.max() / total, (counts * (counts - 1)).sum() / pairs if pairs else np.nan


def _behaviour(observed: Observed) -> tuple[float, float, float, float]:
    if observed.examples is None or not observed.examples.shape[1] or not observed.usable:
        return np.nan, np.nan, np.nan, np.nan
    passed = observed.examples[list(observed.usable)]
    _, top, agreement = _alike(classes_of(passed).size)
    return passed.mean(), passed.all(axis=1).mean(), top, agreement


def _mean(values: Sequence[float] | npt.NDArray[np.float64]) -> float:
    return float(np.mean(values)) if len(values) else np.nan


def _spread(values: Sequence[float] | npt.NDArray[np.float64]) -> float:
    return float(np.std(values)) if len(values) > 1 else np.nan
