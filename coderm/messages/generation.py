"""Requests to a generator and its answers."""

from dataclasses import dataclass
from typing import Literal

from coderm.messages.problem import ChatMessage

Role = Literal["policy", "coderm"]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to sample; the paper's values are temperature 0.8, top_p 0.95, max_tokens 2048."""

    temperature: float = 0.8
    top_p: float = 0.95
    max_tokens: int = 2048


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """Ask for `n` completions of one prompt.

    `offset` counts the samples already asked for under the same (task_id, role), so that a replayed or topped-up request
    continues where the last one ended; `seed` already depends on it.
    """

    request_id: str
    task_id: str
    role: Role
    messages: tuple[ChatMessage, ...]
    n: int
    seed: int
    sampling: Sampling
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Completion:
    """One sampled text. `finish` is `stop` or `length`; `mean_logprob` is per token, None where the backend gives none.

    `tokens` and `mean_logprob` are as the backend counts: with the token that ended the text, which `text` does not show.
    """

    text: str
    tokens: int = 0
    finish: str = "stop"
    mean_logprob: float | None = None


@dataclass(frozen=True, slots=True)
class GenerationResult:
    """Completions in sampling order; fewer than asked only from a backend that ran out (scripted top-ups).

    prompt_tokens: tokens of the prompt as often as it was paid for, and those of answers in which nothing was usable.
    """

    request_id: str
    completions: tuple[Completion, ...]
    prompt_tokens: int = 0
