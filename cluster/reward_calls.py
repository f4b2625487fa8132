"""A call of the Ray client: judged by the service of this process until it is answered, and divided where what it holds is refused.

Null for null as over HTTP, where `coderm.client.sending` does the same with requests.
"""

import asyncio
import random
import time
from collections.abc import Sequence

from coderm.client.contract import Call, ProgramReward, ScoreItem, WriterItem
from coderm.client.scorer import null
from coderm.client.tries import PASSING, by_content, pause_s, refused_status
from coderm.service.ports import Refused
from coderm.service.reading import check_call
from coderm.service.service import RewardService

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
"""Before a refused call is tried again, where the refusal names no time: the first pause, and what they grow to."""


async def answered(service: RewardService, call: Call) -> tuple[ProgramReward, ...]:
    """Return the reward or null of every program or text, in the order of the call, by its deadline."""
    end = time.monotonic() + call.deadline_s
    refusal = await _refused(service, call, end)
    if isinstance(refusal, tuple):
        return refusal
    if by_content(refusal.http) and len(call.items) > 1:  # as over HTTP: the items beside the one that is refused are judged
        middle = len(call.items) // 2
        first, second = (call.model_copy(update={"items": part}) for part in (call.items[:middle], call.items[middle:]))
        found = await asyncio.gather(*(answered(service, _due(part, end)) for part in (first, second)))
        return found[0] + tuple(result.model_copy(update={"item": result.item + middle}) for result in found[1])
    items: Sequence[ScoreItem | WriterItem] = call.items
    places = ((i, j) for i, item in enumerate(items) for j in range(item.answers))
    return tuple(null(i, j, refused_status(refusal.http), refusal.message) for i, j in places)


async def _refused(service: RewardService, call: Call, end: float) -> tuple[ProgramReward, ...] | Refused:
    """Have a call judged, again and again where that may help; return its rewards, or why there are none."""
    tried = 0
    while True:
        try:
            check_call(call)
            return await _once(service, _due(call, end))
        except Refused as refusal:
            rest_s = pause_s(tried, refusal.retry_after_s, FIRST_PAUSE_S, LONGEST_PAUSE_S, random.random())
            if refusal.http not in PASSING or time.monotonic() + rest_s >= end:
                return refusal
            await asyncio.sleep(rest_s)
            tried += 1


async def _once(service: RewardService, call: Call) -> tuple[ProgramReward, ...]:
    job = service.submit(call, "", "")
    try:
        await job.settled()
        async for _ in job.follow():
            pass
        return job.ordered()
    finally:
        service.leave(job, keyed=False)


def _due(call: Call, end: float) -> Call:
    """The call with the time that is left of it."""
    return call.model_copy(update={"deadline_s": max(end - time.monotonic(), 0.05)})
