"""The scoring actor: owns executors and a scorer, for trainers and for the reward service.

Every task that calls another actor is started in `setup`. A question hands its request over and fetches what was found; one that
is cut off at any place leaves the executors, the cache and the requests of others as they were.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from actors.callers import Callers, Life
from actors.dispatch import Dispatcher
from actors.pool import Pool
from actors.proving import prove
from actors.worker import Worker
from coderm.config.scoring import ScoringConfig
from coderm.errors import InfrastructureError
from coderm.logs import LogSetup, get_log, set_up
from coderm.messages.claims import Claim
from coderm.messages.scoring import ProgramVerdict, ScoreRequest
from coderm.scoring.admission import Refused
from coderm.scoring.cache.factory import make_cache
from coderm.scoring.claims import Claims
from coderm.scoring.scorer import Scorer
from coderm.scoring.service import Accepted, Load, ScoringService, Taken
from coderm.scoring.settings import ScorerSettings

_log = get_log(__name__)

LOOK_S = 15.0
"""Between two looks at who is silent and who has gone."""
CALLERS_S = 1.0
"""Between two looks at whether those who ask still live."""


@dataclass(frozen=True, slots=True)
class Executors:
    """How many executors, and what places one: a function chosen where Ray is known."""

    count: int
    spawn: Callable[[], Worker]


class ScoringActor:
    """Call `setup` first. `submit`, `take` and `cancel` are for many askers at once; `score` is all three in one call."""

    def __init__(
        self, config: ScoringConfig, executors: Executors, log: LogSetup | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if log is not None:
            set_up(log)
        self._config = config
        self._clock = clock
        cluster = config.cluster
        self._settings = ScorerSettings(
            executors=executors.count, in_flight=cluster.in_flight, block_pairs=config.sandbox.block_pairs,
            details_kb=config.sandbox.details_kb,
        )  # fmt: skip
        self._pool = Pool("executors", executors.spawn, executors.count, cluster.in_flight, lasting=True)
        self._dispatcher = Dispatcher(self._pool, self._settings.slots)
        self._service: ScoringService | None = None
        self._claims = Claims(config.keep_answers, config.keep_answers_s, clock)
        self._callers = Callers(self._caller_gone)
        self._looks: list[asyncio.Task[None]] = []

    async def setup(self, _: None = None) -> str:
        """Start and prove the executors; return their environment. Raises EngineError, ClusterError or StorageError."""
        if self._service is not None:
            return self._service.environment
        cache = make_cache(self._config.cache_mb, self._config.cache_file)
        try:
            await self._pool.start()
            environment = await prove(self._pool)
        except BaseException:
            cache.close()
            await self._pool.close()
            raise
        self._dispatcher.start()
        scorer = Scorer(self._dispatcher.execute, environment=environment, cache=cache, clock=self._clock, settings=self._settings)
        self._service = ScoringService(scorer, self._config.queue_pairs, self._clock)
        self._looks = [asyncio.create_task(work) for work in (self._look_after(), self._look_at_callers())]
        _log.info("scoring", executors=self._pool.alive, environment=environment)
        return environment

    async def submit(
        self, request: ScoreRequest, deadline_s: float | None = None, sure: bool = False, caller: str = ""
    ) -> Accepted | Refused:
        """Let a request in, or refuse it at once; see ScoringService.submit. caller: one that was met, whose death ends it."""
        return self._served().submit(request, deadline_s, sure=sure, owner=caller)

    async def meet(self, caller: str, life: Life) -> None:
        """Know a caller, whose death ends what it asked for. What those asked for that died before is ended on return."""
        await self._callers.meet(caller, life)

    async def claim(self, key: str, digest: str, caller: str) -> Claim:
        """Take an idempotency key; see `coderm.scoring.claims`."""
        return await self._claims.claim(key, digest, caller)

    async def keep(self, key: str, caller: str, answer: bytes, programs: int) -> None:
        """Note the answer to the call of a key."""
        self._claims.keep(key, caller, answer, programs)

    async def release(self, key: str, caller: str) -> None:
        """Give a key back whose call was not answered."""
        self._claims.release(key, caller)

    async def take(self, number: int) -> Taken:
        """Fetch what was found since the last time; waits some seconds for something."""
        return await self._served().take(number)

    async def cancel(self, number: int) -> None:
        """Give a request up; its blocks end."""
        self._served().cancel(number)

    async def score(self, request: ScoreRequest, deadline_s: float | None = None) -> tuple[ProgramVerdict, ...] | Refused:
        """Judge a request and return all verdicts in the order of its programs, or why it was not let in.

        A call that is cancelled gives its request up.
        """
        service = self._served()
        accepted = service.submit(request, deadline_s)
        if isinstance(accepted, Refused):
            return accepted
        found: dict[int, ProgramVerdict] = {}
        try:
            ended = False
            while not ended:
                taken = await service.take(accepted.number)
                found.update(taken.found)
                ended = taken.ended
                if taken.error is not None:
                    raise taken.error
        finally:
            service.cancel(accepted.number)
        return tuple(found[place] for place in range(len(request.programs)))

    async def load(self) -> Load:
        """How much there is to do."""
        return self._served().load()

    async def ready(self) -> str:
        """Empty when requests can be judged; otherwise why not."""
        if self._service is None:
            return "the executors are being started"
        return "" if self._pool.alive else "no executor serves; new ones are being started"

    async def drain(self, within_s: float) -> bool:
        """Let nobody in any more and wait for what was let in; return whether all is done."""
        return await self._served().drain(within_s)

    async def close(self, _: None = None) -> None:
        """End everything and remove the sandboxes; safe to call twice."""
        for look in self._looks:
            look.cancel()
        await asyncio.gather(*self._looks, return_exceptions=True)
        if self._service is not None:
            await self._service.close()
        await self._dispatcher.close()
        await self._pool.close()

    def _served(self) -> ScoringService:
        if self._service is None:
            raise InfrastructureError("the scoring actor is not set up; call setup() first")
        return self._service

    def _caller_gone(self, caller: str) -> None:
        self._claims.leave(caller)
        if self._service is not None:
            self._service.leave(caller)

    async def _look_at_callers(self) -> None:
        while True:
            await asyncio.sleep(CALLERS_S)
            await self._callers.look()

    async def _look_after(self) -> None:
        """Replace executors that fell silent, and give up requests that nobody asks for any more."""
        while True:
            await asyncio.sleep(LOOK_S)
            self._served().load()
            with contextlib.suppress(InfrastructureError):
                if silent := await self._pool.replace_silent(self._config.silence_s, self._clock()):
                    _log.warning("silent executors replaced", executors=silent)
