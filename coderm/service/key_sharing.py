"""A call with an idempotency key, seen from one of several replicas: whether it is judged here, and what is told of it after."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from coderm.client.contract import ScoreAnswer
from coderm.errors import CodeRMError
from coderm.logs import get_log
from coderm.service.idempotency import reused
from coderm.service.jobs import Job
from coderm.service.ports import Keys

_log = get_log(__name__)


async def mine(keys: Keys, job: Job, call: tuple[str, str], left_s: float) -> bool:
    """Whether a call (its key and digest) is to be judged here; otherwise it is settled: answered, refused, or out of time.

    Where the keeper of keys is away, it is judged: then the scorer is away, too, and what it knew comes back with it.
    """
    key, digest = call
    try:
        async with asyncio.timeout(left_s):
            claim = await keys.claim(key, digest)
            while claim.state == "elsewhere":
                claim = await keys.claim(key, digest)
    except TimeoutError:
        job.accept()
        for null in job.nulls("deadline"):
            job.add(null, left_s)
        return False
    except CodeRMError as error:
        _log.warning("a key was not looked up", error=error)
        return True
    if claim.state == "other_content":
        job.refuse(reused())
    elif claim.state == "answered":
        job.told = True
        job.accept()
        for reward in ScoreAnswer.model_validate_json(claim.answer).results:
            job.add(reward, 0.0)
    return claim.state == "mine"


def settling(keys: Keys, job: Job, key: str) -> Callable[[], Coroutine[Any, Any, None]]:
    """Return what tells the keeper of keys how a call ended: its answer, or that there is none."""
    if job.told:
        return _nothing
    answered = job.accepted and job.ended and not job.dropped
    answer = ScoreAnswer(results=job.ordered()).model_dump_json().encode() if answered else b""

    async def settle() -> None:
        try:
            await (keys.keep(key, answer, job.programs) if answered else keys.release(key))
        except CodeRMError as error:
            _log.warning("a key was not noted", error=error)

    return settle


async def _nothing() -> None: ...
