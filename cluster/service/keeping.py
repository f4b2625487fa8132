"""Starts the actors behind the service under their names, and starts one anew that has died."""

import contextlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from actors.scoring import Executors
from cluster.connect import NAMESPACE
from cluster.deploy import spawn_bank, spawn_box, spawn_scoring
from cluster.placement import place_executors
from cluster.service.standing import actor_names
from coderm.config.scoring import ScoringConfig
from coderm.config.service import ServiceConfig
from coderm.errors import ClusterError, CodeRMError
from coderm.logs import LogSetup, get_log

_log = get_log(__name__)
SETUP_S = 600.0
"""Longest wait for an actor; a new image with packages takes minutes."""
SIGN_S = 5.0
"""Longest wait for a sign of life at one look; an actor that is merely busy gives it at the next."""
CLOSE_S = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """The actors of one service. run_id: in names, logs and labels of containers."""

    config: ServiceConfig
    executors: Executors
    run_id: str

    def log(self, process: Any) -> LogSetup:
        """How an actor logs."""
        return LogSetup(self.run_id, process, self.config.cluster.log_level)


def make_plan(config: ServiceConfig, resources: dict[str, float]) -> Plan:
    """Decide how many executors there are. Raises ClusterError when the cluster lacks what is asked for."""
    run_id = f"service-{uuid.uuid4().hex[:12]}"
    engines = [config.engines[name] for name in set(config.writing_roles().values())]
    placed = place_executors(config.cluster, resources, engines)
    log = LogSetup(run_id, "executor", config.cluster.log_level)
    return Plan(config, Executors(placed.count, partial(spawn_box, placed.cpus, log, config.sandbox, run_id)), run_id)


def place_scoring(plan: Plan) -> Any:
    """Place the scoring actor."""
    config = plan.config
    scoring = ScoringConfig(
        sandbox=config.sandbox,
        cluster=config.cluster,
        queue_pairs=config.service.queue_pairs,
        cache_mb=config.service.cache_mb,
        cache_file=config.service.cache_file,
        keep_answers=config.service.keep_answers,
        keep_answers_s=config.service.keep_answers_s,
    )
    return spawn_scoring(scoring, plan.executors, plan.log("scoring"), **_named(actor_names(plan.run_id)[0]))


def place_bank(plan: Plan) -> Any:
    """Place the bank on this node, where its directory is."""
    config = plan.config
    run, roles = config.run_config(), config.writing_roles()
    return spawn_bank(run, config.bank, roles, plan.run_id, plan.log("bank"), **_named(actor_names(plan.run_id)[1]))


def _named(name: str) -> dict[str, Any]:
    """Options by which the replica finds a successor; not detached, so that the actor ends with the command."""
    return {"name": name, "namespace": NAMESPACE}


class Kept:
    """One actor that is started anew when it has died."""

    def __init__(self, what: str, spawn: Callable[[], Any]) -> None:
        self._what = what
        self._spawn = spawn
        self._handle: Any = None
        self._setup: Any = None

    def start(self) -> None:
        """Start it and wait until it is ready. Raises what its set-up raised, or ClusterError."""
        import ray

        self._handle = self._spawn()
        try:
            ray.get(self._handle.setup.remote(), timeout=SETUP_S)
        except ray.exceptions.RayTaskError as error:
            cause = getattr(error, "cause", None)
            raise cause if isinstance(cause, CodeRMError) else ClusterError(f"{self._what} does not start: {error}") from None
        except (ray.exceptions.RayError, TimeoutError) as error:
            raise ClusterError(f"{self._what} does not come up: {type(error).__name__}; see `ray status`") from None

    def look(self) -> None:
        """Start it anew if it has died; never waits long, never raises."""
        import ray

        try:
            if self._setup is not None and not ray.wait([self._setup], timeout=0)[0]:
                return
            done, self._setup = self._setup, None
            if done is not None:
                ray.get(done)
            ray.get(self._handle.__ray_ready__.remote(), timeout=SIGN_S)
        except (ray.exceptions.GetTimeoutError, TimeoutError):
            return
        except ray.exceptions.RayActorError:
            self._renew()
        except Exception as error:  # noqa: BLE001 - the boundary: whatever hinders a start is tried again at the next look
            _log.error("an actor does not start", actor=self._what, error=error)
            self._renew()

    def close(self) -> None:
        """End it in order, then kill it."""
        import ray

        if self._handle is None:
            return
        with contextlib.suppress(ray.exceptions.RayError, TimeoutError):
            ray.get(self._handle.close.remote(), timeout=CLOSE_S)
        with contextlib.suppress(ray.exceptions.RayError):
            ray.kill(self._handle)

    def _renew(self) -> None:
        import ray

        _log.warning("an actor died and is started anew", actor=self._what)
        with contextlib.suppress(Exception):  # its name may be free only in a moment: then at the next look
            ray.kill(self._handle)
        try:
            self._handle = self._spawn()
            self._setup = self._handle.setup.remote()
        except (ValueError, ray.exceptions.RayError) as error:
            _log.warning("an actor is not started yet", actor=self._what, error=error)


def kept_actors(plan: Plan) -> tuple[Kept, Kept]:
    """The bank and the scoring actor, not started yet; in the order of starting."""
    return Kept("the bank", partial(place_bank, plan)), Kept("the scorer", partial(place_scoring, plan))
