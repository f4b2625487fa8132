"""The workers of a pool from their start to their end: dead ones are replaced, new ones join, those on leaving nodes go.

Owns which workers there are and whether any may still serve. Sees no call but by the load of a slot.
"""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from typing import Any

from actors.admission import Admission, Place
from actors.meter import record
from actors.places import Places
from actors.slots import Slot
from actors.worker import Worker, WorkerDied
from coderm.errors import ClusterError, CodeRMError, EngineError, ImageChanged
from coderm.logs import get_log
from coderm.scheduling.metrics import WORKERS_LOST

_log = get_log(__name__)
LONGEST_PAUSE_S = 60.0
"""Between two tries to replace a worker; the first pause is `pause_s`, and each is twice as long as the one before."""
IDLE_LOOK_S = 0.2
"""Between two looks at a worker whose last calls are to end."""


class Staff:
    """See Pool for what its arguments mean. places: where workers that are ready take calls."""

    def __init__(
        self,
        name: str,
        spawn: Callable[[], Worker],
        size: int,
        places: Places[Slot],
        max_replacements: int,
        pause_s: float,
        *,
        lasting: bool,
        admission: Admission | None,
    ) -> None:
        self.slots: list[Slot] = []
        self.size = size
        self.failure: CodeRMError | None = None
        self._name = name
        self._spawn = spawn
        self._places = places
        self._max_replacements = self._replacements_left = max_replacements
        self._pause_s = pause_s
        self._lasting = lasting
        self._admission = admission
        self._retiring: list[Slot] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def ready(self) -> list[Slot]:
        """Workers that may have calls."""
        return [slot for slot in self.slots if slot.ready]

    async def start(self) -> None:
        """Spawn and set up all workers; the first error of a setup is raised once all have answered."""
        for _ in range(self.size):
            self.slots.append(Slot(await asyncio.to_thread(self._spawn)))
        answers = await asyncio.gather(*(self._set_up(slot) for slot in self.slots), return_exceptions=True)
        failed = [(slot, answer) for slot, answer in zip(self.slots, answers, strict=True) if isinstance(answer, BaseException)]
        if not self._goes_on_without(failed):
            for slot, error in failed:
                if isinstance(error, WorkerDied):
                    raise ClusterError(f"{self._name}: {error}; see `ray status` and the Ray logs of its node")
                raise _on_node(error, slot.place)
        for slot, error in failed:
            _log.error("no worker there", pool=self._name, at=slot.place.host, error=error)
            self._refuse(slot, error)
            self.replace(slot)
        for slot in self.slots:
            self._open(slot)

    async def close(self) -> None:
        """Stop replacing and close every worker."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.fail(ClusterError(f"{self._name}: the pool is closed"))
        await asyncio.gather(*(slot.worker.close() for slot in [*self.slots, *self._retiring]), return_exceptions=True)
        self.slots.clear()
        self._retiring.clear()

    def fail(self, failure: CodeRMError) -> None:
        """End the calls that wait, and all to come, with an error; the first one stays."""
        self.failure = self.failure or failure
        self._places.fail(self.failure)

    def answered(self) -> None:
        """Take note that a call was answered: deaths before it count no more."""
        self._replacements_left = self._max_replacements

    def replace(self, slot: Slot) -> None:
        """Let a worker take no further call, close it, and start another one in its place."""
        if slot not in self.slots:
            return
        self.slots.remove(slot)
        self._places.shut(slot)
        self._retiring.append(slot)
        _log.warning("worker lost", pool=self._name, replacements_left=self._replacements_left)
        record(WORKERS_LOST, pool=self._name)
        self._in_background(self._replace(slot))

    def grow(self, more: int) -> None:
        """Start further workers; one that cannot be set up is not tried again."""
        self.size += more
        for _ in range(more):
            self._in_background(self._add())

    def vacate(self, nodes: Collection[str]) -> None:
        """Have workers on nodes that leave take no further call; each is replaced once its last call has ended.

        Where no worker is elsewhere they go on, as long as their nodes do. nodes: ids.
        """
        if all(slot.place.node in nodes for slot in self.ready):
            return
        for slot in self.ready:
            if slot.place.node in nodes and not slot.leaving:
                slot.leaving = True
                self._places.shut(slot)
                _log.warning("worker on a node that leaves", pool=self._name, at=slot.place.host, calls=slot.load)
                self._in_background(self._replace_idle(slot))

    def _goes_on_without(self, failed: Sequence[tuple[Slot, BaseException]]) -> bool:
        others = len(failed) < len(self.slots)
        return others and self._admission is not None and all(isinstance(error, EngineError | WorkerDied) for _, error in failed)

    def _open(self, slot: Slot) -> None:
        slot.ready = True
        self._places.open(slot)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin what nobody waits for; closing the pool ends it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _replace_idle(self, slot: Slot) -> None:
        while slot.load:
            await asyncio.sleep(IDLE_LOOK_S)
        self.replace(slot)

    async def _replace(self, dead: Slot) -> None:
        await self._retire(dead)
        reason, pause_s = "", self._pause_s
        while self._replacements_left > 0 or self._lasting:
            self._replacements_left -= 1
            try:
                await self._start_one()
            except Exception as error:  # noqa: BLE001 - no caller to tell; tried again, then told to every call
                reason = f" (last: {error})"
                _log.error("no new worker", pool=self._name, error=error)
                if isinstance(error, ImageChanged) and not self.ready:
                    self.fail(error)  # no pause repairs it
            else:
                self._recover()
                _log.info("worker replaced", pool=self._name, alive=len(self.ready), replacements_left=self._replacements_left)
                return
            self._replacements_left += bool(self.ready)
            if self._replacements_left <= 0:
                self._give_up(reason)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        self._give_up(reason)

    def _give_up(self, reason: str) -> None:
        self.fail(ClusterError(f"{self._name}: workers keep dying{reason}; see the Ray logs of their nodes"))

    def _recover(self) -> None:
        """Serve again after having given up."""
        if self._lasting:
            self.failure = None
            self._replacements_left = max(1, self._replacements_left)

    async def _start_one(self) -> None:
        """Spawn one worker and give it a slot once it is set up; one that cannot be set up is closed."""
        slot = Slot(await asyncio.to_thread(self._spawn))
        self.slots.append(slot)
        try:
            await self._set_up(slot)
            if self._admission is not None:
                await self._admission.admit(slot.worker, slot.place)
        except Exception as error:
            self._refuse(slot, error)
            self.slots.remove(slot)
            self._retiring.append(slot)
            await self._retire(slot)
            raise
        self._open(slot)

    async def _set_up(self, slot: Slot) -> None:
        try:
            await slot.worker.setup()
        finally:
            if self._admission is not None:
                slot.place = await self._admission.place(slot.worker)

    def _refuse(self, slot: Slot, error: BaseException) -> None:
        if self._admission is not None:
            self._admission.refuse(slot.place, error)

    async def _add(self) -> None:
        try:
            await self._start_one()
        except Exception as error:  # noqa: BLE001 - no caller to tell; whoever follows the cluster tries again
            self.size -= 1
            _log.error("no new worker", pool=self._name, error=error)
        else:
            _log.info("worker added", pool=self._name, alive=len(self.ready))

    async def _retire(self, slot: Slot) -> None:
        await slot.worker.close()
        self._retiring.remove(slot)  # only now: closing the pool in between closes it, too


def _on_node(error: BaseException, place: Place) -> BaseException:
    """An engine's error with the name of its node, where there is more than this machine."""
    if isinstance(error, EngineError) and place.node not in ("", place.host):
        return type(error)(f"{place.host}: {error.message}")
    return error
