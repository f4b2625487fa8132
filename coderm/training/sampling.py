"""Samples tests from the model that is being trained, as it is, in this process.

Neither the model's mode nor any random number of the training is changed by it, so that a training with measurements ends in the
same weights as one without.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import Any

from coderm.config.schema import SamplingConfig
from coderm.training.rendering import Renderer

Prompt = tuple[int, ...]
TOLD_EVERY_S = 10.0


def sample_texts(
    model: Any,
    renderer: Renderer,
    prompts: Sequence[Prompt],
    sampling: SamplingConfig,
    batch: int,
    seed: int,
    tell: Callable[[str], None] = lambda _: None,
) -> list[str | None]:
    """Return one text for each prompt, in order; None for a prompt that leaves no room in the model's context.

    The texts are those of the seed, the prompts and the weights. tell: hears how far it is, when it takes long.
    """
    import torch

    context = int(getattr(model.config.get_text_config(), "max_position_embeddings", None) or 1 << 30)
    texts: list[str | None] = [None] * len(prompts)
    fitting = sorted((place for place, prompt in enumerate(prompts) if len(prompt) < context), key=lambda at: len(prompts[at]))
    with _undisturbed(model), torch.no_grad():
        torch.manual_seed(seed)
        signs = _Signs(tell)
        for start in range(0, len(fitting), batch):
            places = fitting[start : start + batch]
            longest = max(len(prompts[place]) for place in places)
            room = min(sampling.max_tokens, context - longest)
            signs.begin(f"texts {start + 1} to {start + len(places)} of {len(fitting)}", room)
            found = _generate(model, renderer, [prompts[at] for at in places], sampling, room, signs)
            for place, ids in zip(places, found, strict=True):
                texts[place] = renderer.decode(ids)
    return texts


class _Signs:
    """A stopping criterion that stops nothing: it is asked after every token, and tells how many there are."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._told = time.monotonic()

    def begin(self, what: str, room: int) -> None:
        """Count anew."""
        self._what, self._room, self._tokens = what, room, 0

    def __call__(self, ids: Any, scores: Any, **more: Any) -> Any:
        self._tokens += 1
        if time.monotonic() - self._told >= TOLD_EVERY_S:
            self._told = time.monotonic()
            self._tell(f"{self._what}: {self._tokens} of at most {self._room} tokens")
        return ids.new_zeros(ids.shape[0], dtype=bool)


def _generate(
    model: Any, renderer: Renderer, prompts: list[Prompt], sampling: SamplingConfig, room: int, signs: _Signs
) -> list[list[int]]:
    """Pad on the left, so that every prompt ends where its answer begins."""
    import torch
    from transformers import StoppingCriteriaList

    longest, pad = max(map(len, prompts)), renderer.ends[0]
    ids = torch.tensor([[*[pad] * (longest - len(prompt)), *prompt] for prompt in prompts], device=model.device)
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=model.device)
    chance = {"do_sample": True, "temperature": sampling.temperature, "top_p": sampling.top_p, "top_k": 0}
    found = model.generate(
        input_ids=ids,
        attention_mask=mask,
        max_new_tokens=room,
        eos_token_id=list(renderer.ends),
        pad_token_id=pad,
        use_cache=True,
        stopping_criteria=StoppingCriteriaList([signs]),
        **(chance if sampling.temperature else {"do_sample": False}),
    )
    return [_until_end(row[longest:].tolist(), renderer.ends) for row in found]


def _until_end(ids: list[int], ends: Sequence[int]) -> list[int]:
    return ids[: next((place for place, token in enumerate(ids) if token in ends), len(ids))]


@contextmanager
def _undisturbed(model: Any) -> Any:
    """Keep the model's mode and the state of every random number generator."""
    import torch

    training = model.training
    model.eval()
    try:
        with torch.random.fork_rng():
            yield
    finally:
        model.train(training)
