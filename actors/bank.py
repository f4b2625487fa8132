"""The bank of a service: one actor that holds the directory, answers what is asked of it, and has tests written ahead.

No method but `setup` and `close` awaits anything, so no caller who goes away leaves half of a change behind. `setup` is called by
whoever deploys the actor, never in a request: work that a request starts is cancelled with it.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from actors.bank_writer import BankWriter
from actors.engines import Engines
from actors.pool import Pool
from coderm.bank.bank import Bank
from coderm.bank.policy import decide
from coderm.bank.records import BankedTest, ScoredGroup, SuiteVersion
from coderm.bank.registering import answer_of, keys_of, problem_of, suite_of
from coderm.client.contract import ProblemAnswer, ProblemText
from coderm.config.bank import BankConfig
from coderm.config.schema import RunConfig
from coderm.errors import DataError
from coderm.logs import LogSetup, get_log, set_up
from coderm.messages.hashing import content_hash

_log = get_log(__name__)


@dataclass(frozen=True, slots=True)
class BankFigures:
    """What the bank has spent and holds. total, spent: tests of the budget. writing: problems in work; unwritten: lacking tests."""

    total: int
    spent: int
    problems: int
    writing: int
    unwritten: int


class BankActor:
    """Registers, tells, counts groups and decides. make_pool: a pool for an engine by name; roles: the engine of each role.

    Without a role `coderm` no test is written: the bank serves the tests of its problems' owners alone.
    """

    def __init__(
        self,
        config: RunConfig,
        settings: BankConfig,
        roles: Mapping[str, str],
        make_pool: Callable[[str], Pool],
        run_id: str = "",
        log: LogSetup | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if log is not None:
            set_up(log)
        self._config = config
        self._settings = settings
        self._bank = Bank(Path(settings.directory), run=run_id)
        self._engines = Engines(make_pool, roles)
        self._run_id = run_id
        self._clock = clock
        self._writer: BankWriter | None = None
        self._task: asyncio.Task[None] | None = None

    async def setup(self) -> None:
        """Open the bank and begin to write what it lacks. Raises StorageError with the remedy."""
        self._bank.open()
        if "coderm" in self._engines.roles:
            writer = BankWriter(self._config, self._settings, self._bank, self._engines, self._run_id, self._clock)
            self._writer, self._task = writer, asyncio.create_task(writer.run(), name="bank writer")
        _log.info("bank opened", problems=len(self._bank.problem_ids()), spent=self._bank.spent())

    def register(self, text: ProblemText, pass_rate: float | None = None) -> ProblemAnswer:
        """Take a problem in, with its owner's tests or to have some written; the same again changes nothing.

        pass_rate: as a probe predicts it. Raises DataError, StorageError.
        """
        problem = problem_of(text)
        suite = None if text.own_suite is None else suite_of(text.own_suite, problem)
        self._bank.enter(problem, suite, () if suite is None else keys_of(suite))
        if pass_rate is not None:
            self._bank.predict(text.id, pass_rate)
        self._decide([text.id])
        return self._answer(text.id)

    def describe(self, problem_id: str) -> ProblemAnswer | None:
        """Tell what is known of a problem, or None."""
        return None if self._bank.problem(problem_id) is None else self._answer(problem_id)

    def suite_of(self, problem_id: str) -> SuiteVersion | None:
        """Return the suite that judges a problem now, or None."""
        return self._bank.suite_of(problem_id)

    def suite(self, wanted: tuple[str, int]) -> SuiteVersion:
        """Return a problem's suite of one version, the same whenever it is asked for. Raises DataError."""
        return self._bank.suite(*wanted)

    def tests_of(self, problem_id: str) -> list[BankedTest]:
        """Return every test that a problem ever had."""
        return self._bank.tests_of(problem_id)

    def forget(self, problem_id: str) -> bool:
        """Leave a problem out until it is registered again; return whether it was there."""
        return self._bank.forget(problem_id)

    def announce(self, problem_ids: Sequence[str]) -> None:
        """Write the tests of these problems first, in this order."""
        if self._writer is not None:
            self._writer.announce(problem_ids)

    def observe(self, groups: Sequence[ScoredGroup]) -> int:
        """Count scored groups, retire and buy by what they showed; return how many counted. Raises DataError, StorageError."""
        counted = []
        for group in groups:
            hashes = tuple(content_hash(program) for program in group.programs)
            if self._bank.observe(group.problem_id, group.version, group.outcomes, programs=hashes, key=group.key):
                counted.append(group)
        self._decide(list(dict.fromkeys(group.problem_id for group in counted)))
        if self._writer is not None:
            for group in groups:
                self._writer.offer(group.problem_id, group.programs)
        return len(counted)

    def offer(self, programs: tuple[str, Sequence[str]]) -> None:
        """Give a problem's programs, which may be shown to the test writer; of use where no policy engine is named."""
        if self._writer is not None:
            self._writer.offer(*programs)

    def figures(self, _: None = None) -> BankFigures:
        """Tell what was spent and what is left to do."""
        unwritten = self._bank.unwritten()
        writing = 0 if self._writer is None else sum(self._writer.state(name)[0] == "writing" for name in unwritten)
        return BankFigures(self._settings.total, self._bank.spent(), len(self._bank.problem_ids()), writing, len(unwritten))

    async def close(self) -> None:
        """Stop writing, close the engines and free the directory; safe to call twice."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        await self._engines.close()
        self._bank.close()

    def _decide(self, problem_ids: Sequence[str]) -> None:
        """Retire and buy; without a writer nothing is bought, and tests of owners are never retired."""
        there = [name for name in problem_ids if self._bank.problem(name) is not None]
        if self._writer is None or not there:
            return
        decisions = decide([self._bank.holding(name) for name in there], self._bank.spent(), self._settings)
        self._bank.apply(decisions, self._settings.total)
        self._writer.want(there)

    def _answer(self, problem_id: str) -> ProblemAnswer:
        known = self._bank.problem(problem_id)
        if known is None:
            raise DataError(f"{problem_id}: is not in the bank; register it first")
        if known.given:
            return answer_of(known)
        if self._writer is None:
            return answer_of(known, "ready" if known.active else "failed", "" if known.active else _NO_WRITER)
        state, message = self._writer.state(problem_id)
        if state == "ready" and not known.active and not message:
            state, message = "failed", _NO_BUDGET
        return answer_of(known, state, message)


_NO_WRITER = "it has no tests, and the service has no test writer; register it with tests, or name an engine for coderm"
_NO_BUDGET = "it has no tests, and none are left in the budget; raise bank.total, or register it with tests"
