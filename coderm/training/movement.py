"""Whether a training moved the weights: a sample of each trained tensor before and after.

In bfloat16 a step smaller than 1/256 of a weight is rounded away, and the loss of such a training looks like any other. The share
that changed is measured, and a training that changed nothing fails.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from coderm.errors import TrainingError

SAMPLE = 2048
"""Weights looked at in each tensor: the share that moved is known to within two percent."""
FEW = 0.5
"""Below this share most steps were lost, which is worth a word."""

Sample = Mapping[str, npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Movement:
    """share: of the sampled weights that changed. still: names of the trained tensors of which none did. tensors: all of them."""

    share: float
    tensors: int
    still: tuple[str, ...] = ()


def trained_weights(model: Any) -> list[tuple[str, Any]]:
    """Return the tensors of a model that are trained, by name."""
    return [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]


def sample_weights(weights: Iterable[tuple[str, Any]]) -> Sample:
    """Return up to SAMPLE weights of each tensor, at places that its name decides."""
    found: dict[str, npt.NDArray[np.float32]] = {}
    for name, weight in weights:
        places = np.random.default_rng([*name.encode()]).integers(0, weight.numel(), min(SAMPLE, weight.numel()))
        found[name] = weight.detach().reshape(-1)[places].float().cpu().numpy().copy()
    return found


def digest_of(sample: Sample) -> str:
    """Return a digest of a sample, by which workers compare theirs."""
    found = hashlib.blake2b(digest_size=16)
    for name in sorted(sample):
        found.update(name.encode() + sample[name].tobytes())
    return found.hexdigest()


def check_same(digests: Sequence[str]) -> None:
    """Raise TrainingError unless all workers hold the same weights: each of them would have trained alone."""
    if len(set(digests)) > 1:
        raise TrainingError(
            f"training: {len(digests)} workers ended with {len(set(digests))} different models: their gradients were not joined; "
            "train in one process, and report this"
        )


def moved(before: Sample, after: Sample) -> Movement:
    """Compare two samples of the same tensors. Raises TrainingError with the remedy when nothing moved, or not to a number."""
    changed = {name: before[name] != after[name] for name in before}
    if bad := next((name for name, values in after.items() if not np.isfinite(values).all()), None):
        raise TrainingError(f"training: {bad} is no longer finite; lower optimisation.learning_rate")
    total = sum(values.size for values in changed.values())
    count = sum(int(values.sum()) for values in changed.values())
    if not count:
        raise TrainingError(
            'training: no weight moved; raise optimisation.learning_rate, or train with model.dtype = "float32", in which small '
            "steps are kept"
        )
    still = tuple(sorted(name for name, values in changed.items() if not values.any()))
    return Movement(count / total, len(changed), still)
