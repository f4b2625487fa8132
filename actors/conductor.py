"""The shell around the pure scheduler: carries its commands to pools and the journal, and the answers back.

Owns time and concurrency, decides nothing. Knows no Ray: pools are given. Every wait has a deadline; when nothing happens for
`cluster.stall_timeout_s` the run ends with the names of what it waits for. A block that goes on is not nothing: executors count its
signs of life, engines their tokens, and both are asked SIGN_CHECKS times within that limit. Closing cancels whatever is under way.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Iterable, Iterator
from typing import assert_never

import numpy as np

from actors.busy import StageTimer
from actors.meter import record
from actors.notes import Notes
from actors.pool import Pool
from actors.worker import StoreFull, WorkerDied
from coderm.config.schema import RunConfig
from coderm.errors import AnswerLost, ClusterError, CodeRMError, Interrupted, SandboxLost, StorageError
from coderm.logs import get_log
from coderm.messages.events import (
    Ask,
    Command,
    CommandLost,
    Event,
    Execute,
    Executed,
    Finish,
    Generate,
    ProblemArrived,
    ReadStates,
    RecordObservation,
    Sampled,
    StatesRead,
)
from coderm.messages.execution import BlockResult, Outcome
from coderm.messages.progress import Progress
from coderm.scheduling.blocks import shortened
from coderm.scheduling.metrics import COMMANDS_LOST, IN_WORK, JOURNAL_S, PAIRS, PROBLEMS, REPLAYED, TOKENS
from coderm.scheduling.scheduler import Scheduler
from coderm.scheduling.urgency import Urgencies
from coderm.storage.journal import Journal

OUTCOMES = tuple(outcome.label for outcome in Outcome)
"""Names by code."""
SIGN_CHECKS = 4
"""Times within the stall limit that executors are asked: a last sign of life may be a fourth of it older than is known."""
LOOK_S = 1.0
"""Longest wait for what engines have written, when somebody looks at the progress."""
_log = get_log(__name__)


class Conductor:
    """Runs one pass to its end. `generators` maps a role, or `features`, to its pool (roles may share one)."""

    def __init__(
        self,
        config: RunConfig,
        scheduler: Scheduler,
        arrivals: Iterator[ProblemArrived],
        journal: Journal,
        generators: dict[str, Pool],
        executors: Pool,
        clock: Callable[[], float] = time.monotonic,
        notes: Notes | None = None,
    ) -> None:
        self._config = config
        self._scheduler = scheduler
        self._arrivals = arrivals
        self._journal = journal
        self._generators = generators
        self._executors = executors
        self._notes = notes or Notes()
        self._replaying = journal.has_answers()
        self._timer = StageTimer(clock, json.loads(journal.fact("busy") or "{}"))
        self._urgencies = Urgencies()
        self._inbox: asyncio.Queue[Event | Exception] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._window = config.cluster.in_work(executors.size)
        self._more = True
        self._texts = 0
        self._written = 0
        self._signs = 0

    async def run(self) -> None:
        """Carry the job to its end. Raises the first error that a retry cannot repair."""
        try:
            await self._admit()
            while self._scheduler.in_work:
                self._take_in(await self._next())
                await self._admit()
        except Interrupted:
            await asyncio.gather(*self._tasks, return_exceptions=True)  # what runs may end, and is written down
            raise
        finally:
            await self._cancel()
            self._keep_answers()
            self._journal.set_fact("busy", json.dumps(self._timer.seconds()))

    def progress(self, stage: str, done: bool = False) -> Progress:
        """How far the job is; whoever asks keeps the gauges up to date."""
        record(IN_WORK, self._scheduler.in_work)
        for pool in {*self._generators.values(), self._executors}:
            pool.gauge()
        counters = self._scheduler.counters
        return Progress(
            counters, stage, self._timer.seconds(), done, written=max(self._written, counters.tokens), texts=self._texts
        )

    async def look(self) -> None:
        """Ask the engines how much they have written; one that does not answer soon leaves the last count."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_S):
                self._written = max(self._written, await self._engine_signs())

    async def _engine_signs(self) -> int:
        return sum(await asyncio.gather(*(pool.signs() for pool in set(self._generators.values()))))

    async def _admit(self) -> None:
        """Let problems in while the window has room; what the journal can answer keeps no room.

        Between two problems others get their turn, so that a long replay can be looked at and stopped.
        """
        while self._more and self._scheduler.in_work < self._window:
            arrival = next(self._arrivals, None)
            if arrival is None:
                self._more = self._urgencies.more = False
            else:
                self._urgencies.arrived(arrival.problem.task_id, arrival.index)
                self._handle(arrival)
                await asyncio.sleep(0)

    def _take_in(self, events: list[Event | Exception]) -> None:
        """Write down all answers that are in, and what follows from them, at once; no command leaves before that is on disk."""
        failed = next((place for place, event in enumerate(events) if isinstance(event, Exception)), len(events))
        began = time.monotonic()
        with self._journal.writing():
            for answer in _answers(events):
                self._journal.append(answer)
            for event in events[:failed]:
                self._handle(event)  # type: ignore[arg-type]
        record(JOURNAL_S, time.monotonic() - began)
        for error in events[failed : failed + 1]:
            raise error  # type: ignore[misc]

    def _handle(self, event: Event) -> None:
        """Feed one event, and with it every event whose answer the journal holds already."""
        events: list[Event] = [event]
        while events:
            for command in self._scheduler.handle(events.pop()):
                answer = self._replayed(command)
                if answer is not None:
                    self._scheduler.counters.replayed += 1
                    record(REPLAYED)
                    events.append(answer)
                else:
                    self._carry_out(command)

    def _replayed(self, command: Command) -> Event | None:
        """What the journal answers; a journal that was empty when the pass began is not asked."""
        if not self._replaying or isinstance(command, Finish | RecordObservation):
            return None
        return self._journal.answer(command.command_id)

    def _carry_out(self, command: Command) -> None:
        match command:
            case Finish(_, result):
                self._urgencies.left(result.problem.task_id)
                self._journal.finish(result)
                record(PROBLEMS, end="lost" if result.lost else "whole")
                _log.info("problem finished", problem=result.problem.task_id, tests=len(result.tests), lost=len(result.lost))
            case RecordObservation(_, number, observation):
                self._urgencies.left(observation.task_id)
                self._journal.observe(number, observation)
            case Generate() | Execute() | ReadStates():
                task = asyncio.create_task(self._ask(command))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            case _:
                assert_never(command)

    async def _ask(self, command: Ask) -> None:
        """Send one command to its pool; a lost worker, box or answer becomes an event, any other error ends the run."""
        stage = "execution" if isinstance(command, Execute) else "generation"
        texts = command.request.n if isinstance(command, Generate) else 0
        self._timer.begin(stage)
        self._texts += texts
        try:
            answer: Event = await self._send(command)
        except (WorkerDied, SandboxLost, AnswerLost) as error:
            _log.warning("command lost", command=command.command_id, error=error)
            record(COMMANDS_LOST, stage=stage)
            if isinstance(error, StoreFull):
                self._notes.add(error.message)
            answer = CommandLost(command.command_id, str(error))
        except Interrupted as error:
            self._inbox.put_nowait(error)
            return
        except (CodeRMError, Exception) as error:  # noqa: BLE001 - the actor shell: passed to run(), which raises it
            _log.error("command failed", command=command.command_id, error=error)
            self._inbox.put_nowait(error)
            return
        finally:
            self._timer.end(stage)
            self._texts -= texts
        self._inbox.put_nowait(answer)

    async def _send(self, command: Ask) -> Event:
        urgency = self._urgencies.of(command)
        if isinstance(command, Generate):
            answer: Event = await self._generators[command.role].call("sample", command, urgency)
            if isinstance(answer, Sampled):
                record(TOKENS, sum(sample.tokens for sample in answer.samples))
            return answer
        if isinstance(command, ReadStates):
            states = await self._generators["features"].call("features", command.request, urgency)
            return StatesRead(command.command_id, states)
        result: BlockResult = await self._executors.call("execute", command.block, urgency)
        self._urgencies.took(command, result.seconds)
        counts = np.bincount(result.outcomes.ravel(), minlength=len(OUTCOMES)).tolist()
        if missing := counts[Outcome.LOST]:
            raise SandboxLost(f"{missing} pair(s) came back without a verdict")  # journaled, it would never be tried again
        for outcome, count in zip(OUTCOMES, counts, strict=True):
            if count:
                record(PAIRS, count, kind=command.kind, outcome=outcome)
        return Executed(command.command_id, shortened(result, self._config.sandbox.details_kb * 1024))

    async def _next(self) -> list[Event | Exception]:
        """Return all that has come in, waiting for something if need be."""
        if self._inbox.empty():
            return [await self._next_of_none()]
        return self._inbox_rest()

    async def _next_of_none(self) -> Event | Exception:
        limit, quiet = self._config.cluster.stall_timeout_s, 0
        while quiet < SIGN_CHECKS:
            try:
                async with asyncio.timeout(limit / SIGN_CHECKS):  # before 3.12 wait_for may swallow a cancellation
                    return await self._inbox.get()
            except TimeoutError:
                before, self._signs = self._signs, await self._executors.signs() + await self._engine_signs()
                quiet = quiet + 1 if self._signs == before else 0
        now = asyncio.get_running_loop().time()
        under_way = [call for pool in {*self._generators.values(), self._executors} for call in pool.waiting(now)]
        waiting = ", ".join((under_way or self._scheduler.open_commands())[:5])
        raise ClusterError(f"nothing happened for {limit:.0f} s; waiting for {waiting}; run again to resume")

    def _keep_answers(self) -> None:
        """Write down what came in after the run had ended, so that it is not asked for again."""
        if answers := _answers(self._inbox_rest()):
            with contextlib.suppress(StorageError), self._journal.writing():  # a journal that cannot be written has ended the run
                for answer in answers:
                    self._journal.append(answer)

    def _inbox_rest(self) -> list[Event | Exception]:
        return [self._inbox.get_nowait() for _ in range(self._inbox.qsize())]

    async def _cancel(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _answers(events: Iterable[Event | Exception]) -> list[Sampled | Executed | StatesRead]:
    """Those that a journal keeps."""
    return [event for event in events if isinstance(event, Sampled | Executed | StatesRead)]
