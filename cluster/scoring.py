"""Scoring in a Ray cluster, without HTTP: for trainers there, and for the reward service.

```python
score = start_scoring(ScoringConfig())
verdicts = ray.get(score.score.remote(request, deadline_s=60.0))
```
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

from actors.scoring import Executors
from cluster.connect import NAMESPACE
from cluster.deploy import spawn_box, spawn_scoring
from cluster.placement import place_executors
from coderm.config.schema import EngineConfig
from coderm.config.scoring import ScoringConfig
from coderm.errors import ClusterError, CodeRMError
from coderm.logs import LogSetup
from coderm.messages.scoring import ProgramVerdict, ScoreRequest
from coderm.scoring.admission import Refused

SETUP_S = 600.0
"""Longest wait for the executors; a new image with packages takes minutes."""
CLOSE_S = 60.0


class Overloaded(CodeRMError):
    """The scorer refuses a request that it could not answer in time; `retry_after_s` says when to come again."""

    def __init__(self, message: str, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


def start_scoring(config: ScoringConfig, *, name: str | None = None, engines: Sequence[EngineConfig] = ()) -> Any:
    """Start a scoring actor in the cluster this process is connected to; return its handle once it can score.

    name: under which others find it by `ray.get_actor(name, namespace="coderm")`; it then outlives this process. engines: those
    that share the cluster; executors leave them room. Raises EngineError or ClusterError with the remedy. End it with
    `stop_scoring`.
    """
    import ray

    handle = deploy_scoring(config, ray.cluster_resources(), name=name, engines=engines)
    try:
        ray.get(handle.setup.remote(), timeout=SETUP_S)
    except ray.exceptions.RayTaskError as error:
        stop_scoring(handle)
        cause = getattr(error, "cause", None)
        raise cause if isinstance(cause, CodeRMError) else ClusterError(f"scoring does not start: {error}") from None
    except (ray.exceptions.RayError, TimeoutError) as error:
        stop_scoring(handle)
        raise ClusterError(f"the scoring actor does not come up: {str(error).splitlines()[0]}; see `ray status`") from None
    return handle


def deploy_scoring(
    config: ScoringConfig, resources: dict[str, float], *, name: str | None = None, engines: Sequence[EngineConfig] = ()
) -> Any:
    """Place the actor and return its handle; it scores once `setup` has been called."""
    run_id, level = f"score-{uuid.uuid4().hex[:12]}", config.cluster.log_level
    placed = place_executors(config.cluster, resources, list(engines))
    spawn = partial(spawn_box, placed.cpus, LogSetup(run_id, "executor", level), config.sandbox, run_id)
    named = {} if name is None else {"name": name, "namespace": NAMESPACE, "lifetime": "detached"}
    return spawn_scoring(config, Executors(placed.count, spawn), LogSetup(run_id, "scoring", level), **named)


def stop_scoring(handle: Any) -> None:
    """Remove the sandboxes and end the actor; safe for one that has died."""
    import ray

    try:
        ray.get(handle.close.remote(), timeout=CLOSE_S)
    except (ray.exceptions.RayError, TimeoutError):
        pass
    finally:
        ray.kill(handle)


async def score_stream(
    handle: Any, request: ScoreRequest, deadline_s: float | None = None, *, sure: bool = False, caller: str = ""
) -> AsyncIterator[tuple[int, ProgramVerdict]]:
    """Yield (place, verdict) as the actor finds them; closing the iterator gives the request up.

    sure: the asker has promised an answer already, so the request is let in whatever waits. caller: one that the actor has met.
    Raises Overloaded when it is not let in, ClusterError when the actor has died.
    """
    accepted = await _answer(handle.submit.remote(request, deadline_s, sure, caller))
    if isinstance(accepted, Refused):
        raise Overloaded(accepted.reason, accepted.retry_after_s)
    ended = False
    try:
        while not ended:
            taken = await _answer(handle.take.remote(accepted.number))
            ended = taken.ended
            for found in taken.found:
                yield found
            if taken.error is not None:
                raise taken.error
    finally:
        if not ended:
            handle.cancel.remote(accepted.number)


async def _answer(reference: Any) -> Any:
    import ray

    try:
        return await asyncio.wrap_future(reference.future())
    except ray.exceptions.RayTaskError as error:
        cause = getattr(error, "cause", None)
        raise cause if isinstance(cause, CodeRMError) else ClusterError(f"the scoring actor failed: {error}") from None
    except ray.exceptions.RayError as error:
        raise ClusterError(f"the scoring actor has died: {str(error).splitlines()[0]}; start it again") from None
