"""Scoring for many askers: who is let in, tasks that outlive a question, and an end for what nobody asks for any more.

A request is handed over with `submit`, which answers at once; the tasks that serve it belong to the service and not to the
question, so that a question which is cut off cuts off nothing else. Its verdicts are fetched with `take`. A request whose asker
does not come within `lease_s` is given up, as is one that is cancelled.
"""

import asyncio
import contextvars
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from coderm.errors import CodeRMError
from coderm.logs import get_log
from coderm.messages.scoring import ProgramVerdict, ScoreRequest
from coderm.scoring.admission import Admission, Refused, Ticket
from coderm.scoring.scorer import Scorer

_log = get_log(__name__)

LEASE_S = 30.0
"""An asker that does not come for so long has gone."""
TAKE_S = 10.0
"""Longest wait of one `take`; far below the lease."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request was let in: fetch its verdicts by this number. wait_s: estimate of the time until it is done."""

    number: int
    wait_s: float


@dataclass(frozen=True, slots=True)
class Taken:
    """Verdicts that came since the last `take`, by place of the program. ended: none will come any more."""

    found: tuple[tuple[int, ProgramVerdict], ...]
    ended: bool
    error: CodeRMError | None = None
    """Why it ended without the rest; the asker raises it."""


@dataclass(slots=True)
class _Open:
    """A request that was let in."""

    ticket: Ticket
    seen_at: float
    owner: str = ""
    found: list[tuple[int, ProgramVerdict]] = field(default_factory=list)
    ended: bool = False
    error: CodeRMError | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[None] | None" = None
    takers: int = 0


@dataclass(frozen=True, slots=True)
class Load:
    """What the service has to do. pairs: let in and not done; waiting: blocks without a sandbox; wait_s: until all is done.

    pairs_per_s: what all executors do together.
    """

    requests: int
    pairs: int
    waiting: int
    wait_s: float
    pairs_per_s: float


class ScoringService:
    """Serves requests until `close`. most_pairs: let in at once; clock: as the scorer's."""

    def __init__(self, scorer: Scorer, most_pairs: int, clock: Callable[[], float], lease_s: float = LEASE_S) -> None:
        self._scorer = scorer
        self._clock = clock
        self._lease_s = lease_s
        self._admission = Admission(most_pairs, clock, self._rate)
        self._open: dict[int, _Open] = {}
        self._numbers = count(1)
        self._context = contextvars.copy_context()
        self._closed = False

    @property
    def environment(self) -> str:
        """What decides verdicts besides texts and limits."""
        return self._scorer.environment

    def submit(self, request: ScoreRequest, deadline_s: float | None, *, sure: bool = False, owner: str = "") -> Accepted | Refused:
        """Let a request in, or refuse it at once; never waits.

        deadline_s: from now. sure: it is let in whatever waits. owner: whose end ends it, see `leave`.
        """
        if self._closed:
            return Refused("the service is stopping", self._lease_s)
        self._end_deserted()
        deadline = None if deadline_s is None else self._clock() + deadline_s
        ticket = self._admission.admit(len(set(request.programs)) * len(request.suite), deadline, sure=sure)
        if isinstance(ticket, Refused):
            return ticket
        number, entry = next(self._numbers), _Open(ticket, self._clock(), owner)
        self._open[number] = entry
        # A context of the service's own: in that of a question, Ray would end with the question what the task has called.
        entry.task = asyncio.get_running_loop().create_task(self._serve(entry, request, deadline), context=self._context.copy())
        return Accepted(number, self._admission.wait_s())

    async def take(self, number: int, wait_s: float = TAKE_S) -> Taken:
        """Return what was found since the last time; waits for something at most `wait_s`. What is returned is not told again."""
        entry = self._open.get(number)
        if entry is None:
            return Taken((), True, CodeRMError(f"request {number} is unknown: it was taken whole, cancelled, or left for too long"))
        entry.takers += 1
        try:
            if not (entry.found or entry.ended):
                async with asyncio.timeout(min(wait_s, TAKE_S)):
                    await entry.changed.wait()
        except TimeoutError:
            pass
        finally:
            entry.takers -= 1
            entry.seen_at = self._clock()
        return self._hand_over(number, entry)

    def _hand_over(self, number: int, entry: _Open) -> Taken:
        found, entry.found = tuple(entry.found), []
        entry.changed.clear()
        if entry.ended:
            self._open.pop(number, None)
        return Taken(found, entry.ended, entry.error)

    def cancel(self, number: int) -> None:
        """Give a request up: what is under way for it ends. Safe to call for any number."""
        entry = self._open.pop(number, None)
        if entry is not None and entry.task is not None:
            entry.task.cancel()

    def leave(self, owner: str) -> None:
        """Give up every request of an owner that is gone."""
        for number in [number for number, entry in self._open.items() if entry.owner == owner]:
            self.cancel(number)

    def load(self) -> Load:
        """What there is to do; also ends what nobody asks for any more."""
        self._end_deserted()
        carrier = self._scorer.carrier
        pairs, wait_s = self._admission.pairs, self._admission.wait_s()
        return Load(len(self._open), pairs, carrier.turns.waiting, wait_s, self._rate())

    async def drain(self, within_s: float) -> bool:
        """Let nobody in any more and wait until all is judged; return whether it is."""
        self._closed = True
        tasks = [entry.task for entry in self._open.values() if entry.task is not None and not entry.ended]
        if tasks:
            await asyncio.wait(tasks, timeout=within_s)
        return all(task.done() for task in tasks)

    async def close(self) -> None:
        """End everything that is under way."""
        self._closed = True
        tasks = [entry.task for entry in self._open.values() if entry.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._open.clear()
        self._scorer.cache.close()

    async def _serve(self, entry: _Open, request: ScoreRequest, deadline: float | None) -> None:
        seen, left = set[str](), len(request.programs)
        try:
            async for place, verdict in self._scorer.score(request, deadline=deadline):
                entry.found.append((place, verdict))
                if (text := request.programs[place]) not in seen:
                    seen.add(text)
                    self._admission.done(entry.ticket, len(request.suite))
                left -= 1
                entry.ended = not left  # told with the last verdict, so that nobody comes once more to hear it
                entry.changed.set()
        except CodeRMError as error:
            entry.error = error
        except Exception as error:  # noqa: BLE001 - the boundary: whoever asked is told, and the service goes on
            _log.error("request failed", problem=request.problem_id, error=error)
            entry.error = CodeRMError(f"scoring failed ({type(error).__name__}); see the service's log")
        finally:
            entry.ended = True
            self._admission.leave(entry.ticket)
            entry.changed.set()

    def _end_deserted(self) -> None:
        """Give up requests that nobody has come for; one that is being waited for is not among them."""
        now = self._clock()
        for number, entry in list(self._open.items()):
            if not entry.takers and now - entry.seen_at > self._lease_s:
                _log.warning("request deserted", request=number)
                self.cancel(number)

    def _rate(self) -> float:
        return self._scorer.settings.executors / self._scorer.carrier.pace.pair_s
