"""A pool of like workers: the least loaded takes the most urgent call, calls per worker are capped, dead workers are replaced.

Owns which worker has which calls under way. Never retries a call: that is the scheduler's decision.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from actors.admission import Admission, Place
from actors.meter import record
from actors.places import Places, Urgency
from actors.worker import Worker, WorkerDied
from coderm.errors import ClusterError, CodeRMError, EngineError, ImageChanged
from coderm.logs import get_log
from coderm.scheduling.metrics import CALL_S, CALLS, WAIT_S, WAITING, WORKERS, WORKERS_LOST

_log = get_log(__name__)

SIGNS_TIMEOUT_S = 10.0
"""Longest wait for a worker to say that it lives."""
LONGEST_PAUSE_S = 60.0
"""Between two tries to replace a worker; the first pause is `pause_s`, and each is twice as long as the one before."""
IDLE_LOOK_S = 0.2
"""Between two looks at a worker whose last calls are to end."""
_IDS = ("command_id", "block_id", "request_id")


@dataclass(eq=False, slots=True)
class Slot:
    """One worker and the number of calls under way on it."""

    worker: Worker
    load: int = 0
    ready: bool = False
    leaving: bool = False
    answered: int = 0
    heard: int = -1
    heard_at: float = 0.0
    place: Place = field(default_factory=Place)
    calls: dict[str, float] = field(default_factory=dict)

    def silent_s(self, heard: int, now: float) -> float:
        """Take in how much was heard so far; return for how long nothing new was, while calls were under way."""
        if heard != self.heard or not self.load:
            self.heard, self.heard_at = heard, now
        return now - self.heard_at


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
        self._admission = admission
        self._spawn = spawn
        self._size = size
        self._max_replacements = self._replacements_left = max_replacements
        self._pause_s = pause_s
        self._lasting = lasting
        self._slots: list[Slot] = []
        self._retiring: list[Slot] = []
        self._places: Places[Slot] = Places(in_flight)
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: CodeRMError | None = None

    async def start(self) -> None:
        """Spawn and set up all workers; the first error of a setup is raised once all have answered."""
        for _ in range(self._size):
            self._slots.append(Slot(await asyncio.to_thread(self._spawn)))
        answers = await asyncio.gather(*(self._set_up(slot) for slot in self._slots), return_exceptions=True)
        failed = [(slot, answer) for slot, answer in zip(self._slots, answers, strict=True) if isinstance(answer, BaseException)]
        if not self._goes_on_without(failed):
            for slot, error in failed:
                if isinstance(error, WorkerDied):
                    raise ClusterError(f"{self.name}: {error}; see `ray status` and the Ray logs of its node")
                raise _on_node(error, slot.place)
        for slot, error in failed:
            _log.error("no worker there", pool=self.name, at=slot.place.host, error=error)
            self._refuse(slot, error)
            self._arrange_replacement(slot)
        for slot in self._slots:
            self._open(slot)

    def _goes_on_without(self, failed: Sequence[tuple[Slot, BaseException]]) -> bool:
        others = len(failed) < len(self._slots)
        return others and self._admission is not None and all(isinstance(error, EngineError | WorkerDied) for _, error in failed)

    @property
    def size(self) -> int:
        """Workers that are there, that replace one, or that are on their way."""
        return self._size

    def refuse(self, reason: CodeRMError) -> None:
        """Begin no further call; those that wait end with `reason`, those under way go on."""
        self._fail(reason)

    def grow(self, more: int) -> None:
        """Start further workers; one that cannot be set up is not tried again."""
        self._size += more
        for _ in range(more):
            self._in_background(self._add_worker())

    def vacate(self, nodes: Collection[str]) -> None:
        """Have workers on nodes that leave take no further call; each is replaced once its last call has ended.

        Where no worker is elsewhere they go on, as long as their nodes do. nodes: ids.
        """
        if not any(slot.ready and slot.place.node not in nodes for slot in self._slots):
            return
        for slot in self._slots:
            if slot.ready and slot.place.node in nodes and not slot.leaving:
                slot.leaving = True
                self._places.shut(slot)
                _log.warning("worker on a node that leaves", pool=self.name, at=slot.place.host, calls=slot.load)
                self._in_background(self._replace_idle(slot))

    def gauge(self) -> None:
        """Record how many workers there are and how many calls wait."""
        record(WORKERS, self.alive, pool=self.name)
        record(WAITING, self._places.waiting, pool=self.name)

    def waiting(self, now: float) -> list[str]:
        """What each call under way is, where, and for how long, the oldest first. now: seconds of the loop's clock."""
        calls = sorted((begun, call, slot.place) for slot in self._slots for call, begun in slot.calls.items())
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
            self._arrange_replacement(slot)
            raise
        else:
            end = "answered"
            self._replacements_left = self._max_replacements
            return answer
        finally:
            slot.answered += 1
            slot.calls.pop(name, None)
            record(CALLS, pool=self.name, end=end)
            record(CALL_S, clock() - begun, pool=self.name)
            self._places.give_back(slot)

    async def ask_all(self, method: str) -> list[Any]:
        """Call a method of every worker, in order; for questions about the workers themselves."""
        return [await slot.worker.call(method, None) for slot in self._slots]

    async def tell(self, method: str, argument: Any) -> None:
        """Call a method of every ready worker, whatever it is busy with; one that does not answer in time is passed over."""
        await asyncio.gather(*(_told(slot.worker, method, argument) for slot in self._slots if slot.ready))

    async def replace_silent(self, silence_s: float, now: float) -> int:
        """Replace workers with calls under way that neither answered a call nor gave a sign of life for `silence_s`.

        To be called again and again; now: seconds. Returns how many were replaced; their calls end as WorkerDied.
        """
        slots = [slot for slot in self._slots if slot.ready]
        signs = await asyncio.gather(*(_signs(slot.worker) for slot in slots))
        silent = [slot for slot, heard in zip(slots, signs, strict=True) if slot.silent_s(slot.answered + heard, now) > silence_s]
        for slot in silent:
            self._arrange_replacement(slot)
        return len(silent)

    async def ask_one_each(self, method: str, groups: Sequence[str]) -> None:
        """Call a method of the first worker of each group; `groups` names every worker's, in order."""
        first = dict(zip(reversed(groups), reversed(self._slots), strict=True))
        await asyncio.gather(*(slot.worker.call(method, None) for slot in first.values()))

    async def signs(self) -> int:
        """Sum the signs of life of all workers; one that gives no answer has given none."""
        return sum(await asyncio.gather(*(_signs(slot.worker) for slot in self._slots if slot.ready)))

    async def close(self) -> None:
        """Stop replacing and close every worker."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._fail(ClusterError(f"{self.name}: the pool is closed"))
        await asyncio.gather(*(slot.worker.close() for slot in [*self._slots, *self._retiring]), return_exceptions=True)
        self._slots.clear()
        self._retiring.clear()

    @property
    def alive(self) -> int:
        """Workers ready for calls."""
        return sum(slot.ready for slot in self._slots)

    async def _take(self, urgency: Urgency) -> Slot:
        if self._failure is not None:
            raise self._failure
        if (slot := self._places.take()) is not None:
            return slot
        place = self._places.wait(urgency)
        try:
            return await place
        except asyncio.CancelledError:
            self._places.leave(place)
            raise

    def _open(self, slot: Slot) -> None:
        slot.ready = True
        self._places.open(slot)

    def _arrange_replacement(self, slot: Slot) -> None:
        if slot not in self._slots:
            return
        self._slots.remove(slot)
        self._places.shut(slot)
        self._retiring.append(slot)
        _log.warning("worker lost", pool=self.name, replacements_left=self._replacements_left)
        record(WORKERS_LOST, pool=self.name)
        self._in_background(self._replace_worker(slot))

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin what nobody waits for; closing the pool ends it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _replace_idle(self, slot: Slot) -> None:
        while slot.load:
            await asyncio.sleep(IDLE_LOOK_S)
        self._arrange_replacement(slot)

    async def _replace_worker(self, dead: Slot) -> None:
        await self._retire(dead)
        reason, pause_s = "", self._pause_s
        while self._replacements_left > 0 or self._lasting:
            self._replacements_left -= 1
            try:
                await self._start_worker()
            except Exception as error:  # noqa: BLE001 - no caller to tell; tried again, then told to every call
                reason = f" (last: {error})"
                _log.error("no new worker", pool=self.name, error=error)
                if isinstance(error, ImageChanged) and not self.alive:
                    self._fail(error)  # no pause repairs it
            else:
                self._recover()
                _log.info("worker replaced", pool=self.name, alive=self.alive, replacements_left=self._replacements_left)
                return
            self._replacements_left += any(slot.ready for slot in self._slots)
            if self._replacements_left <= 0:
                self._give_up(reason)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        self._give_up(reason)

    def _give_up(self, reason: str) -> None:
        self._fail(ClusterError(f"{self.name}: workers keep dying{reason}; see the Ray logs of their nodes"))

    def _recover(self) -> None:
        """Serve again after having given up."""
        if self._lasting:
            self._failure = None
            self._replacements_left = max(1, self._replacements_left)

    async def _start_worker(self) -> None:
        """Spawn one worker and give it a slot once it is set up; one that cannot be set up is closed."""
        slot = Slot(await asyncio.to_thread(self._spawn))
        self._slots.append(slot)
        try:
            await self._set_up(slot)
            if self._admission is not None:
                await self._admission.admit(slot.worker, slot.place)
        except Exception as error:
            self._refuse(slot, error)
            self._slots.remove(slot)
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

    async def _add_worker(self) -> None:
        try:
            await self._start_worker()
        except Exception as error:  # noqa: BLE001 - no caller to tell; whoever follows the cluster tries again
            self._size -= 1
            _log.error("no new worker", pool=self.name, error=error)
        else:
            _log.info("worker added", pool=self.name, alive=self.alive)

    async def _retire(self, slot: Slot) -> None:
        await slot.worker.close()
        self._retiring.remove(slot)  # only now: closing the pool in between closes it, too

    def _fail(self, failure: CodeRMError) -> None:
        self._failure = self._failure or failure
        self._places.fail(self._failure)


def _on_node(error: BaseException, place: Place) -> BaseException:
    """An engine's error with the name of its node, where there is more than this machine."""
    if isinstance(error, EngineError) and place.node not in ("", place.host):
        return type(error)(f"{place.host}: {error.message}")
    return error


def _id_of(argument: Any) -> str:
    """The id of what a call carries, for the log."""
    return next((str(getattr(argument, name)) for name in _IDS if hasattr(argument, name)), "")


async def _signs(worker: Worker) -> int:
    try:
        async with asyncio.timeout(SIGNS_TIMEOUT_S):
            return int(await worker.call("signs", None))
    except (TimeoutError, CodeRMError):
        return 0


async def _told(worker: Worker, method: str, argument: Any) -> None:
    with contextlib.suppress(TimeoutError, CodeRMError):
        async with asyncio.timeout(SIGNS_TIMEOUT_S):
            await worker.call(method, argument)
