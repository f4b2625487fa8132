"""The Generator protocol that policy and CodeRM backends meet."""

from typing import Protocol

from coderm.messages.generation import GenerationRequest, GenerationResult


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
