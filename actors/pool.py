"""A pool of like workers: the least loaded takes the next call, calls per worker are capped, dead workers are replaced.

Owns who is busy with what. Never retries a call: that is the scheduler's decision.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from actors.worker import Worker, WorkerDied
from coderm.errors import ClusterError, CodeRMError
from coderm.logs import get_log

_log = get_log(__name__)

SIGNS_TIMEOUT_S = 10.0
"""Longest wait for a worker to say that it lives."""
LONGEST_PAUSE_S = 60.0
"""Between two tries to replace a worker; the first pause is `pause_s`, and each is twice as long as the one before."""


@dataclass(eq=False, slots=True)
class Seat:
    """One worker and the number of calls under way on it."""

    worker: Worker
    load: int = 0
    ready: bool = False


class Pool:
    """Calls go through `call`; `start` and `close` frame its life.

    More than `max_replacements` with no answered call between them end the run. One that cannot be set up does not count while
    others are ready, as where the engine of one node fails; `pause_s` passes after it, and ever more.
    """

    def __init__(
        self,
        name: str,
        spawn: Callable[[], Worker],
        size: int,
        in_flight: int,
        max_replacements: int = 20,
        pause_s: float = 1.0,
    ) -> None:
        self._name = name
        self._spawn = spawn
        self._size = size
        self._in_flight = in_flight
        self._max_replacements = self._replacements_left = max_replacements
        self._pause_s = pause_s
        self._seats: list[Seat] = []
        self._leaving: list[Seat] = []
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: CodeRMError | None = None

    async def start(self) -> None:
        """Spawn and set up all workers; the first error of a setup is raised once all have answered."""
        for _ in range(self._size):
            self._seats.append(Seat(await asyncio.to_thread(self._spawn)))
        answers = await asyncio.gather(*(seat.worker.setup() for seat in self._seats), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, WorkerDied):
                raise ClusterError(f"{self._name}: {answer}; see `ray status` and the Ray logs of its node")
            if isinstance(answer, BaseException):
                raise answer
        for seat in self._seats:
            seat.ready = True

    async def call(self, method: str, argument: Any) -> Any:
        """Run one call on the least loaded worker, waiting for a free place. Raises WorkerDied after arranging a replacement."""
        seat = await self._take()
        try:
            answer = await seat.worker.call(method, argument)
        except WorkerDied:
            self._replace(seat)
            raise
        else:
            self._replacements_left = self._max_replacements
            return answer
        finally:
            async with self._changed:
                seat.load -= 1
                self._changed.notify()

    async def ask_all(self, method: str) -> list[Any]:
        """Call a method of every worker, in order; for questions about the workers themselves."""
        return [await seat.worker.call(method, None) for seat in self._seats]

    async def ask_one_each(self, method: str, groups: Sequence[str]) -> None:
        """Call a method of the first worker of each group; `groups` names every worker's, in order."""
        first = dict(zip(reversed(groups), reversed(self._seats), strict=True))
        await asyncio.gather(*(seat.worker.call(method, None) for seat in first.values()))

    async def signs(self) -> int:
        """Sum the signs of life of all workers; one that gives no answer has given none."""
        return sum(await asyncio.gather(*(_signs(seat.worker) for seat in self._seats if seat.ready)))

    async def close(self) -> None:
        """Stop replacing and close every worker."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._fail(ClusterError(f"{self._name}: the pool is closed"))
        await asyncio.gather(*(seat.worker.close() for seat in [*self._seats, *self._leaving]), return_exceptions=True)
        self._seats.clear()
        self._leaving.clear()

    @property
    def alive(self) -> int:
        """Workers ready for calls."""
        return sum(seat.ready for seat in self._seats)

    async def _take(self) -> Seat:
        async with self._changed:
            while True:
                if self._failure is not None:
                    raise self._failure
                free = [seat for seat in self._seats if seat.ready and seat.load < self._in_flight]
                if free:
                    seat = min(free, key=lambda candidate: candidate.load)
                    seat.load += 1
                    return seat
                await self._changed.wait()

    def _replace(self, seat: Seat) -> None:
        if seat not in self._seats:
            return
        self._seats.remove(seat)
        self._leaving.append(seat)
        _log.warning("worker lost", pool=self._name, replacements_left=self._replacements_left)
        task = asyncio.create_task(self._revive(seat))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _revive(self, dead: Seat) -> None:
        await self._dismiss(dead)
        reason, pause_s = "", self._pause_s
        while self._replacements_left > 0:
            self._replacements_left -= 1
            try:
                await self._hire()
            except Exception as error:  # noqa: BLE001 - no caller to tell; tried again, then told to every call
                reason = f" (last: {error})"
                _log.error("no new worker", pool=self._name, error=error)
            else:
                _log.info("worker replaced", pool=self._name, alive=self.alive, replacements_left=self._replacements_left)
                return
            self._replacements_left += any(seat.ready for seat in self._seats)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        await self._fail(ClusterError(f"{self._name}: workers keep dying{reason}; see the Ray logs of their nodes"))

    async def _hire(self) -> None:
        """Spawn one worker and give it a seat once it is set up; one that cannot be set up is closed."""
        seat = Seat(await asyncio.to_thread(self._spawn))
        self._seats.append(seat)
        try:
            await seat.worker.setup()
        except Exception:
            self._seats.remove(seat)
            self._leaving.append(seat)
            await self._dismiss(seat)
            raise
        async with self._changed:
            seat.ready = True
            self._changed.notify_all()

    async def _dismiss(self, seat: Seat) -> None:
        await seat.worker.close()
        self._leaving.remove(seat)  # only now: closing the pool in between closes it, too

    async def _fail(self, failure: CodeRMError) -> None:
        async with self._changed:
            self._failure = self._failure or failure
            self._changed.notify_all()


async def _signs(worker: Worker) -> int:
    try:
        async with asyncio.timeout(SIGNS_TIMEOUT_S):
            return int(await worker.call("signs", None))
    except (TimeoutError, CodeRMError):
        return 0
