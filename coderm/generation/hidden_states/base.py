"""The protocol that backends for hidden states meet, and what they share: which layers, which tokens, how vectors are joined."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from coderm.errors import ConfigError, GenerationError
from coderm.messages.hidden_states import States, StatesRequest, Token

StateArray = npt.NDArray[np.float32]


class HiddenStates(Protocol):
    """Reads hidden states of one model. Cheap to construct; `setup` loads the model; `close` frees it."""

    async def setup(self) -> None:
        """Load the model. Raises ModelError with the remedy, ConfigError for a layer the model does not have."""

    async def states(self, request: StatesRequest) -> States:
        """Return the vector of one request; many calls may be in flight. Raises GenerationError naming the task."""

    async def close(self) -> None:
        """Free everything; safe to call twice."""


def resolve_layers(layers: Sequence[int], count: int, model: str) -> tuple[int, ...]:
    """Return layers counted from 0 (the embedding) to `count`; raises ConfigError naming one that does not exist."""
    for layer in layers:
        if not -count - 1 <= layer <= count:
            raise ConfigError(f"probe: layer {layer}: {model} has {count} layers; choose from {-count - 1} to {count}")
    return tuple(layer if layer >= 0 else count + 1 + layer for layer in layers)


def pooled(states: npt.NDArray[np.floating], start: int, token: Token) -> StateArray:
    """(layers x width,) vector of one text from its (tokens, layers, width) states; `start`: first token that is judged."""
    chosen = states[-1] if token == "last" else states[start:].mean(axis=0, dtype=np.float64)
    return np.ascontiguousarray(chosen, np.float32).ravel()


def joined(vectors: Sequence[StateArray], weights: Sequence[int], task_id: str) -> StateArray:
    """Weighted mean of the vectors of one request; raises GenerationError when a value is not finite."""
    mean: StateArray = np.average(np.stack(vectors).astype(np.float64), axis=0, weights=weights).astype(np.float32)
    if not np.isfinite(mean).all():
        raise GenerationError(f"{task_id}: the model's hidden states are not finite; its weights or their type are broken")
    return mean
