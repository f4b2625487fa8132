"""Carries the questions of a data build to the engines and the scorer, and asks again where a worker was lost.

Knows no Ray: engines and scorer are given.
"""

from collections.abc import Awaitable, Callable

from actors.engines import Engines
from actors.worker import WorkerDied
from coderm.errors import AnswerLost, ClusterError, EngineLost
from coderm.messages.events import Generate, Sampled
from coderm.messages.scoring import ProgramVerdict, ScoreRequest

PASSING = (WorkerDied, EngineLost, AnswerLost)
"""Losses of a worker; another one may answer."""


class DataCarrier:
    """A `coderm.data.build.Carrier`. retries: times a question is asked again after a loss."""

    def __init__(
        self, engines: Engines, score: Callable[[ScoreRequest], Awaitable[tuple[ProgramVerdict, ...]]], retries: int
    ) -> None:
        self._engines = engines
        self._score = score
        self._retries = retries

    async def sample(self, command: Generate) -> Sampled:
        """Sample texts. Raises what the engine raised; a loss as ClusterError once it was tried often enough."""
        for left in reversed(range(self._retries + 1)):
            try:
                return await self._engines.sample(command)
            except PASSING as error:
                if not left:
                    raise ClusterError(
                        f"{command.request.task_id}: lost {self._retries + 1} times ({error}); run the same command to resume"
                    ) from None
        raise AssertionError("a question is asked once at least")

    async def score(self, request: ScoreRequest) -> tuple[ProgramVerdict, ...]:
        """Judge programs; the scorer tries again by itself."""
        return await self._score(request)
