"""The replica behind HTTP: a plain class that Ray Serve makes one of."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

from cluster.service.handles import BankHandle, Caller, KeysHandle, ScorerHandle, Scoring
from coderm.config.service import ServiceConfig
from coderm.errors import ClusterError
from coderm.integrations.boxes import Boxes
from coderm.integrations.sandbox_fusion import run_code_router
from coderm.logs import LogSetup, set_up
from coderm.service.app import App, make_app
from coderm.service.judging import make_judge
from coderm.service.service import Parts, RewardService


@dataclass(frozen=True, slots=True)
class Setup:
    """What a replica needs. digest: hash of the token; scoring, bank: names of the actors."""

    config: ServiceConfig
    digest: bytes
    scoring: str
    bank: str
    log: LogSetup


class Replica:
    """Its background tasks start in `__init__`: those of a request would end when its client hangs up."""

    async def __init__(self, setup: Setup) -> None:  # type: ignore[misc] # Ray Serve awaits it, inside the event loop
        set_up(setup.log)
        config = setup.config
        bank = BankHandle(setup.bank, writes=bool(config.writing_roles()))
        scoring = Scoring(setup.scoring, Caller.here())
        with contextlib.suppress(ClusterError):  # otherwise it is met with the first call
            await scoring.handle()  # before any call comes: what a predecessor left under way is ended by it
        judge = make_judge(ScorerHandle(scoring), bank, config)
        self._digest = setup.digest
        self._boxes = Boxes(config.sandbox, config.service.run_code)
        await asyncio.to_thread(self._boxes.start)
        self._service = RewardService(Parts(judge, bank, KeysHandle(scoring)), config.service)
        self._service.start()

    def __serve_build_asgi_app__(self) -> App:
        """Make the application; Ray Serve calls it after `__init__`."""
        app = make_app(self._service, self._digest)
        if self._boxes.count:
            app.fastapi.include_router(run_code_router(self._boxes))
        return app

    async def drain(self) -> bool:
        """Accept nothing more and finish what was accepted; whether all of it was answered."""
        drained = await self._service.drain()
        await asyncio.to_thread(self._boxes.close)
        return drained

    async def ready(self) -> str:
        """Why no call is accepted; empty: calls are."""
        return self._service.not_ready


def deployment(setup: Setup) -> Any:
    """Make the Serve application. One replica: the queue and the metrics are in it."""
    from ray import serve

    options: dict[str, Any] = {
        "name": "rewards",
        "num_replicas": 1,
        "ray_actor_options": {"num_cpus": 0},
        "max_ongoing_requests": 4096,  # the queue is the service's own, in pairs
        "graceful_shutdown_timeout_s": 5.0,  # what was accepted has been drained before
        "health_check_period_s": 5.0,
    }
    return serve.deployment(serve.ingress()(Replica), **options).bind(setup)
