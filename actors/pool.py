"""A pool of like workers: the least loaded takes the most urgent call, calls per worker are capped, dead workers are replaced.

Owns which worker has which calls under way. Never retries a call: that is the scheduler's decision.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from typing import Any

from actors.admission import Admission
from actors.meter import record
from actors.places import Places, Urgency
from actors.slots import Slot
from actors.staff import Staff
from actors.worker import Worker, WorkerDied
from coderm.errors import CodeRMError
from coderm.logs import get_log
from coderm.scheduling.metrics import CALL_S, CALLS, WAIT_S, WAITING, WORKERS

_log = get_log(__name__)
_IDS = ("command_id", "block_id", "request_id")


class Pool:
    """Calls go through `call`; `start` and `close` frame its life.

    More than `max_replacements` with no answered call between them end the run. One that cannot be set up does not count while
    others are ready, as where the engine of one node fails; `pause_s` passes after it, and ever more. lasting: calls fail then, but
    replacing goes on, and a worker that comes up serves again; for what outlives an outage. admission: whom later workers have to
    pass; then some of the first ones may fail, as on a node without an engine, and are replaced while the others work.
    """

    def __init__(
        self,
        name: str,
        spawn: Callable[[], Worker],
        size: int,
        in_flight: int,
        max_replacements: int = 20,
        pause_s: float = 1.0,
        *,
        lasting: bool = False,
        admission: Admission | None = None,
    ) -> None:
        self.name = name
        self._places: Places[Slot] = Places(in_flight)
        self._staff = Staff(name, spawn, size, self._places, max_replacements, pause_s, lasting=lasting, admission=admission)

    async def start(self) -> None:
        """Spawn and set up all workers; the first error of a setup is raised once all have answered."""
        await self._staff.start()

    async def close(self) -> None:
        """Stop replacing and close every worker."""
        await self._staff.close()

    @property
    def size(self) -> int:
        """Workers that are there, that replace one, or that are on their way."""
        return self._staff.size

    @property
    def alive(self) -> int:
        """Workers ready for calls."""
        return len(self._staff.ready)

    def refuse(self, reason: CodeRMError) -> None:
        """Begin no further call; those that wait end with `reason`, those under way go on."""
        self._staff.fail(reason)

    def grow(self, more: int) -> None:
        """Start further workers; one that cannot be set up is not tried again."""
        self._staff.grow(more)

    def vacate(self, nodes: Collection[str]) -> None:
        """See Staff.vacate."""
        self._staff.vacate(nodes)

    def gauge(self) -> None:
        """Record how many workers there are and how many calls wait."""
        record(WORKERS, self.alive, pool=self.name)
        record(WAITING, self._places.waiting, pool=self.name)

    def waiting(self, now: float) -> list[str]:
        """What each call under way is, where, and for how long, the oldest first. now: seconds of the loop's clock."""
        calls = sorted((begun, call, slot.place) for slot in self._staff.slots for call, begun in slot.calls.items())
        return [f"{call} ({self.name}, {place}, {now - begun:.0f} s)" for begun, call, place in calls]

    async def call(self, method: str, argument: Any, urgency: Urgency = ()) -> Any:
        """Run one call on the least loaded worker, waiting for a free place; of calls that wait the least urgency goes first.

        Raises WorkerDied after arranging a replacement.
        """
        clock = asyncio.get_running_loop().time
        asked = clock()
        slot = await self._take(urgency)
        name, begun, end = _id_of(argument), clock(), "failed"
        record(WAIT_S, begun - asked, pool=self.name)
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug("call begun", pool=self.name, call=name, at=slot.place.node)
        slot.calls[name] = begun
        try:
            answer = await slot.worker.call(method, argument)
        except WorkerDied:
            end = "lost"
            self._staff.replace(slot)
            raise
        else:
            end = "answered"
            self._staff.answered()
            return answer
        finally:
            slot.answered += 1
            slot.calls.pop(name, None)
            record(CALLS, pool=self.name, end=end)
            record(CALL_S, clock() - begun, pool=self.name)
            self._places.give_back(slot)

    async def ask_all(self, method: str) -> list[Any]:
        """Call a method of every worker, in order; for questions about the workers themselves."""
        return [await slot.worker.call(method, None) for slot in self._staff.slots]

    async def ask_one_each(self, method: str, groups: Sequence[str]) -> None:
        """Call a method of the first worker of each group; `groups` names every worker's, in order."""
        first = dict(zip(reversed(groups), reversed(self._staff.slots), strict=True))
        await asyncio.gather(*(slot.worker.call(method, None) for slot in first.values()))

    async def tell(self, method: str, argument: Any) -> None:
        """Call a method of every ready worker, whatever it is busy with; one that does not answer in time is passed over."""
        await asyncio.gather(*(slot.tell(method, argument) for slot in self._staff.ready))

    async def replace_silent(self, silence_s: float, now: float) -> int:
        """Replace workers with calls under way that neither answered a call nor gave a sign of life for `silence_s`.

        To be called again and again; now: seconds. Returns how many were replaced; their calls end as WorkerDied.
        """
        slots = self._staff.ready
        signs = await asyncio.gather(*(slot.signs() for slot in slots))
        silent = [slot for slot, heard in zip(slots, signs, strict=True) if slot.silent_s(slot.answered + heard, now) > silence_s]
        for slot in silent:
            self._staff.replace(slot)
        return len(silent)

    async def signs(self) -> int:
        """Sum the signs of life of all workers; one that gives no answer has given none."""
        return sum(await asyncio.gather(*(slot.signs() for slot in self._staff.ready)))

    async def _take(self, urgency: Urgency) -> Slot:
        if self._staff.failure is not None:
            raise self._staff.failure
        if (slot := self._places.take()) is not None:
            return slot
        place = self._places.wait(urgency)
        try:
            return await place
        except asyncio.CancelledError:
            self._places.leave(place)
            raise


def _id_of(argument: Any) -> str:
    """The id of what a call carries, for the log."""
    return next((str(getattr(argument, name)) for name in _IDS if hasattr(argument, name)), "")
