"""Tokens of an engine that are written so far, those of texts under way included: what shows that it works.

Looks at what vLLM's frontend keeps of live requests, which costs nothing while nobody asks; a release that keeps it otherwise only
makes the count late.
"""

from collections.abc import Mapping
from typing import Any


class TokenCount:
    """Counts; never falls. Samples of one request are live requests of their own, which end one by one before it does."""

    def __init__(self) -> None:
        self._ended = 0
        self._live: dict[tuple[str, str], int] = {}

    def ended(self, request: str, tokens: int) -> None:
        """A request has ended with so many tokens in all of its samples."""
        for sample in [sample for sample in self._live if sample[0] == request]:
            del self._live[sample]
        self._ended += tokens

    def so_far(self, live: Mapping[tuple[str, str], int]) -> int:
        """Tokens in all; live: of each sample that is being written, by the names of its request and its own."""
        self._live |= live
        return self._ended + sum(self._live.values())


def live_tokens(engine: Any) -> dict[tuple[str, str], int]:
    """Tokens of every sample under way in an engine of vLLM; nothing where this release does not show them."""
    states = getattr(getattr(engine, "output_processor", None), "request_states", {})
    live = {}
    for name, state in tuple(states.items()):
        count = getattr(state.detokenizer, "num_output_tokens", None)
        request = getattr(state.parent_req or state, "external_req_id", None)
        if count is not None and request is not None:
            live[str(request), str(name)] = int(count())
    return live
