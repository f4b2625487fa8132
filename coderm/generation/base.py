"""The Generator protocol that policy and CodeRM backends meet, and how they seed a call."""

from typing import Protocol, runtime_checkable

from coderm.messages.generation import GenerationRequest, GenerationResult
from coderm.messages.hashing import content_hash


class Generator(Protocol):
    """Samples completions. Cheap to construct; `setup` loads the model; `close` frees what `setup` took."""

    async def setup(self) -> None:
        """Load the model or open the client. Raises ModelError or GenerationError with the remedy."""

    async def generate(self, request: GenerationRequest) -> GenerationResult:
        """Return the completions of one request; many calls may be in flight. Raises GenerationError."""

    async def close(self) -> None:
        """Free everything; safe to call twice."""

    def describe(self) -> dict[str, str]:
        """Name the backend, the model and its version for the run's summary."""


@runtime_checkable
class Telling(Protocol):
    """A generator that knows how much it has written before its answers are whole."""

    def written(self) -> int:
        """Tokens so far, those of texts under way included; never falls."""


def seed_of(request: GenerationRequest, bits: int, start: int = 0) -> int:
    """Return the seed of a call whose first sample is `start` within the request; no two calls of a run are likely to share one."""
    digest = content_hash(request.task_id, request.role, str(request.offset + start), str(request.seed))
    return int(digest, 16) % (1 << bits)
