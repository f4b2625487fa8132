"""Writes tests ahead: carries what is asked for to engines and what comes back into the bank, problem after problem.

Owns time and concurrency, decides nothing. Knows no Ray. Requests only tell it what is wanted; all its work runs in its own task,
so that a caller who goes away cancels none of it. An engine that is down is tried again, with pauses that grow.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from actors.engines import Engines
from actors.worker import WorkerDied
from coderm.bank.bank import Bank
from coderm.bank.registering import WriterState
from coderm.bank.writing import Writing
from coderm.config.bank import BankConfig
from coderm.config.schema import RunConfig
from coderm.errors import AnswerLost, ClusterError, CodeRMError, EngineLost, StorageError
from coderm.extract.samples import given_programs
from coderm.logs import get_log
from coderm.messages.events import Generate, Sampled
from coderm.messages.samples import Sample

PASSING = (WorkerDied, EngineLost, AnswerLost, ClusterError, StorageError)
"""What is worth waiting for: the engine comes back, somebody frees the disk. Anything else is this problem's failure."""
SHOWN = 8
"""Programs kept of those offered for a problem: no strategy shows more of them in a batch."""
_log = get_log(__name__)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a problem's tests are not there yet. again: when it is tried again, by the clock; None: when more are wanted."""

    state: WriterState
    message: str
    failures: int
    again: float | None


class BankWriter:
    """Writes the tests that the bank wants. `run` goes on until it is cancelled; the other methods return at once."""

    def __init__(
        self,
        config: RunConfig,
        settings: BankConfig,
        bank: Bank,
        engines: Engines,
        run_id: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config = config
        self._settings = settings
        self._bank = bank
        self._engines = engines
        self._run_id = run_id
        self._clock = clock
        self._order: dict[str, None] = dict.fromkeys(bank.unwritten())
        self._offered: dict[str, tuple[Sample, ...]] = {}
        self._troubles: dict[str, Trouble] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()

    def want(self, problem_ids: Iterable[str]) -> None:
        """Look at these problems again: more of their tests may be wanted now."""
        for problem_id in problem_ids:
            self._order.setdefault(problem_id)
            trouble = self._troubles.get(problem_id)
            if trouble is not None and trouble.again is None:
                del self._troubles[problem_id]
        self._wake.set()

    def announce(self, problem_ids: Iterable[str]) -> None:
        """Write the tests of these problems first, in this order: the trainer needs them next."""
        first = dict.fromkeys(problem_ids)
        self._order = first | {name: None for name in self._order if name not in first}
        self.want(first)

    def offer(self, problem_id: str, programs: Sequence[str]) -> None:
        """Give programs of a problem that may be shown to the test writer; they stand in for those of a policy.

        Kept only while the problem lacks tests, so that memory does not grow with the number of problems.
        """
        if self._lacks(problem_id):
            self._offered[problem_id] = given_programs(dict.fromkeys(programs))[:SHOWN]
            self.want([problem_id])

    def state(self, problem_id: str) -> tuple[WriterState, str]:
        """Tell how far a problem's tests are, and why they are not there."""
        if problem_id in self._tasks:
            return "writing", ""
        if (trouble := self._troubles.get(problem_id)) is not None:
            return trouble.state, trouble.message
        if problem_id in self._order and self._lacks(problem_id):
            return "waiting", "its turn has not come yet"
        return "ready", ""

    async def run(self) -> None:
        """Write whatever is wanted, at most `in_work` problems at once, in the order announced."""
        try:
            while True:
                self._wake.clear()
                self._start()
                await self._pause()
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _start(self) -> None:
        for problem_id in list(self._order):
            if len(self._tasks) >= self._settings.in_work:
                return
            if problem_id in self._tasks or not self._due(problem_id):
                continue
            if not self._lacks(problem_id):
                self._order.pop(problem_id)
                self._offered.pop(problem_id, None)
                continue
            task = asyncio.create_task(self._write(problem_id), name=f"tests of {problem_id}")
            self._tasks[problem_id] = task
            task.add_done_callback(partial(self._done, problem_id))

    def _done(self, problem_id: str, _: asyncio.Task[None]) -> None:
        self._tasks.pop(problem_id, None)
        self._wake.set()

    def _due(self, problem_id: str) -> bool:
        trouble = self._troubles.get(problem_id)
        return trouble is None or (trouble.again is not None and trouble.again <= self._clock())

    def _lacks(self, problem_id: str) -> bool:
        known = self._bank.problem(problem_id)
        return known is not None and not known.given and known.held < known.wanted

    async def _pause(self) -> None:
        """Wait until somebody wants something, a problem is done, or one is due again."""
        times = [item.again for name, item in self._troubles.items() if item.again is not None and name not in self._tasks]
        full = len(self._tasks) >= self._settings.in_work
        delay = None if full or not times else max(min(times) - self._clock(), 0.0)
        try:
            async with asyncio.timeout(delay):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _write(self, problem_id: str) -> None:
        try:
            trouble = await self._written(problem_id)
        except (CodeRMError, Exception) as error:  # noqa: BLE001 - the shell: told to whoever asks for the state, and tried again
            self._troubles[problem_id] = self._after(problem_id, error)
            _log.warning("tests not written", problem=problem_id, error=error)
        else:
            self._troubles.pop(problem_id, None)
            if trouble is not None:
                self._troubles[problem_id] = trouble

    def _after(self, problem_id: str, error: Exception) -> Trouble:
        before = self._troubles.get(problem_id)
        failures = (before.failures if before else 0) + 1
        pause_s = min(self._settings.retry_pause_s * 2 ** min(failures - 1, 30), self._settings.retry_pause_most_s)
        state: WriterState = "waiting" if isinstance(error, PASSING) else "failed"
        return Trouble(state, f"{error}; tried again in {pause_s:.0f} s", failures, self._clock() + pause_s)

    async def _written(self, problem_id: str) -> Trouble | None:
        """Write what a problem lacks, batch after batch; return why something lacks still."""
        known = self._bank.problem(problem_id)
        if known is None:
            return None
        model = await self._engines.model("coderm")
        writing = Writing.begin(self._config, known, self._bank.tests_of(problem_id), model, self._run_id)
        if not writing.show(await self._programs(writing, problem_id)):
            return Trouble("waiting", self._no_program(), 0, None)
        while commands := writing.ask():
            answers = await self._answers(commands)
            batch = None
            for command, answer in zip(commands, answers, strict=True):
                batch = writing.take(command, answer)
            if batch is not None:
                self._bank.add(problem_id, batch.tests, asked=batch.asked, requests=batch.requests, text=known.problem)
        return self._shortage(problem_id)

    async def _answers(self, commands: Sequence[Generate]) -> list[Sampled]:
        """Answers in the order of the commands; the first error ends the others."""
        tasks = [asyncio.create_task(self._engines.sample(command)) for command in commands]
        try:
            return await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _programs(self, writing: Writing, problem_id: str) -> Sequence[Sample]:
        """Programs to show: those offered, else the policy's."""
        offered = self._offered.get(problem_id, ())
        if any(not sample.rejected for sample in offered) or "policy" not in self._engines.roles:
            return offered
        return (await self._engines.sample(writing.ask_for_programs())).samples

    def _no_program(self) -> str:
        remedy = "" if "policy" in self._engines.roles else ", or name a policy engine"
        return f"there is no program to show to the test writer; score a group of the problem{remedy}"

    def _shortage(self, problem_id: str) -> Trouble | None:
        known = self._bank.problem(problem_id)
        if known is None or known.held >= known.wanted:
            return None
        state: WriterState = "ready" if known.active else "failed"
        said = f"{known.held} of {known.wanted} tests are usable and differ, of {known.asked} texts"
        return Trouble(state, f"{said}; raise coderm.max_attempts, or give tests of your own", 0, None)
