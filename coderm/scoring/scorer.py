"""The scorer: asks the board what to run, the cache what is known, and a carrier for the rest.

One for all requests of a process. Owns no task between requests: what a request starts ends with it, also when its
iterator is closed or its task cancelled.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from copy import copy
from dataclasses import dataclass
from itertools import count

from coderm.messages.cases import CaseBlock
from coderm.messages.execution import Block, BlockResult, Outcome
from coderm.messages.scoring import Cases, ProgramVerdict, ScoreRequest
from coderm.scoring.board import Board, Cell, Region
from coderm.scoring.cache.base import NoCache, ResultCache
from coderm.scoring.cache.entries import kept_cells, pair_keys, settings_digest
from coderm.scoring.carrier import Answer, Answered, Carrier, Execute, Freight, gathered
from coderm.scoring.cutting import apart, block_size, cut_region
from coderm.scoring.order import may_wait
from coderm.scoring.settings import ScorerSettings
from coderm.scoring.suites import Columns, columns_of

LATE = "the deadline passed before it was judged"
NEVER = float("inf")


class Scorer:
    """Judges programs; `execute` runs one block, and cancelling it ends the block.

    environment: that of the sandboxes behind `execute`. clock: seconds; deadlines are of this clock. sleep: waits for seconds.
    """

    def __init__(
        self,
        execute: Execute,
        *,
        environment: str,
        cache: ResultCache | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        settings: ScorerSettings = ScorerSettings(),  # noqa: B008 - frozen
    ) -> None:
        self.environment = environment
        self.cache: ResultCache = NoCache() if cache is None else cache
        self.clock = clock
        self.settings = settings
        self.carrier = Carrier(execute, environment, clock, sleep, settings)
        self.block_ids = count()
        self.under_way = 0
        """Blocks that were sent and have not come back."""

    @property
    def busy(self) -> bool:
        """Whether all executors have work."""
        return self.under_way >= self.settings.executors

    def beside(self, cache: ResultCache) -> "Scorer":
        """Return a scorer over the same sandboxes, in the same turns, with a cache of its own."""
        other = copy(self)
        other.cache = cache
        return other

    async def score(self, request: ScoreRequest, *, deadline: float | None = None) -> AsyncIterator[tuple[int, ProgramVerdict]]:
        """Yield (place of a program, its verdict), each as soon as it is known.

        What is not judged by the deadline comes as LOST. Raises InputError where a text does not fit into a frame.
        """
        work = _Work(self, request, NEVER if deadline is None else deadline)
        try:
            async for found in work.verdicts():
                yield found
        finally:
            await work.end()

    async def score_all(self, request: ScoreRequest, *, deadline: float | None = None) -> tuple[ProgramVerdict, ...]:
        """Return the verdicts of all programs, in their order."""
        found = {place: verdict async for place, verdict in self.score(request, deadline=deadline)}
        return tuple(found[place] for place in range(len(request.programs)))


@dataclass(frozen=True, slots=True)
class _Programs:
    """The distinct programs of a request, first the `prompt` ones, which do not wait, and the places each holds in it."""

    texts: list[str]
    places: list[list[int]]
    prompt: int

    @staticmethod
    def of(programs: Iterable[str]) -> "_Programs":
        places: dict[str, list[int]] = {}
        for place, text in enumerate(programs):
            places.setdefault(text, []).append(place)
        waits = {text: may_wait(text) for text in places}
        texts = sorted(places, key=waits.__getitem__)
        return _Programs(texts, [places[text] for text in texts], len(texts) - sum(waits.values()))


class _Work:
    """One request under way."""

    def __init__(self, scorer: Scorer, request: ScoreRequest, deadline: float) -> None:
        self._scorer = scorer
        self._request = request
        self._deadline = deadline
        self._programs = _Programs.of(request.programs)
        self._columns = columns_of(request, scorer.settings.seed)
        portion = len(request.suite) if isinstance(request.suite, Cases) else scorer.settings.first_portion
        self._board = _board(self._columns, len(self._programs.texts), max(1, portion))
        self._numbers = count()
        self._inbox: asyncio.Queue[Answer | Exception] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._keys: list[list[bytes]] = []

    async def verdicts(self) -> AsyncIterator[tuple[int, ProgramVerdict]]:
        """Yield verdicts until every row is complete or the deadline has passed."""
        await self._take_from_cache()
        done = self._go_on(range(len(self._programs.texts)))
        while True:
            for row in done:
                verdict = self._board.verdict(row)
                for place in self._programs.places[row]:
                    yield place, verdict
            if not self._board.open_rows:
                return
            done = await self._next_rows()

    async def end(self) -> None:
        """End every block that is still under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _take_from_cache(self) -> None:
        """Look up every pair; between programs others get their turn."""
        prefix, digests = settings_digest(self._scorer.environment, self._request.settings), self._columns.digests()
        for row, text in enumerate(self._programs.texts):
            keys = pair_keys(prefix, text, digests)
            self._keys.append(keys)
            known = self._scorer.cache.get(keys)
            for column, key in enumerate(keys):
                if (cell := known.get(key)) is not None:
                    self._board.store(row, column, cell, cached=True)
            await asyncio.sleep(0)

    def _go_on(self, rows: Iterable[int]) -> list[int]:
        """Send what these rows need next; return those that are complete."""
        regions, done = self._board.advance(rows)
        for some in apart(regions, self._programs.prompt, self._scorer.settings.spread_pairs):
            self._send_all(some)
        return done

    def _send_all(self, regions: list[Region]) -> None:
        pairs = sum(region.pairs for region in regions)
        for region in regions:
            carrier, width = self._scorer.carrier, len(region.columns)
            size = block_size(pairs, width, carrier.pace.pair_cpu_s, self._scorer.settings, busy=self._scorer.busy)
            lengths = [len(text) for text in self._programs.texts]
            for part in cut_region(region, size, lengths, self._columns.sizes(), self._scorer.settings.block_bytes):
                self._send(part)

    def _send(self, region: Region) -> None:
        self._board.under_way(region)
        freight = Freight(self._block, self._deadline, next(self._numbers))
        task = asyncio.create_task(gathered(self._scorer.carrier.carry(region, freight), self._inbox))
        self._tasks.add(task)
        self._scorer.under_way += 1
        task.add_done_callback(self._came_back)

    def _came_back(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self._scorer.under_way -= 1

    def _block(self, region: Region) -> Block | CaseBlock:
        programs = [self._programs.texts[row] for row in region.rows]
        block_id = f"{self._request.problem_id}|{next(self._scorer.block_ids)}"
        return self._columns.block(block_id, programs, region.columns, self._scorer.environment)

    async def _next_rows(self) -> list[int]:
        """Wait for an answer; return the rows that it completes."""
        left_s = None if self._deadline == NEVER else self._deadline - self._scorer.clock()
        try:
            async with asyncio.timeout(left_s):
                answer = await self._inbox.get()
        except TimeoutError:
            return self._board.give_up(LATE)
        if isinstance(answer, Exception):
            raise answer
        self._take(answer)
        return self._go_on(answer.region.rows)

    def _take(self, answer: Answer) -> None:
        region = answer.region
        if isinstance(answer, Answered):
            self._store(region, answer.result)
        elif answer.guilty:
            self._board.store(region.rows[0], region.columns[0], Cell(Outcome.ERROR, 0.0, answer.reason))
        else:
            self._board.lose(region.rows, region.columns, answer.reason)
        self._board.answered(region)

    def _store(self, region: Region, result: BlockResult) -> None:
        outcomes, cpu_s = result.outcomes.tolist(), result.cpu_s.tolist()
        for i, row in enumerate(region.rows):
            for j, column in enumerate(region.columns):
                self._board.store(row, column, Cell(outcomes[i][j], cpu_s[i][j], result.details.get((i, j), "")))
        kept = kept_cells(result, self._request.settings)
        self._scorer.cache.put({self._keys[region.rows[i]][region.columns[j]]: cell for i, j, cell in kept})


def _board(columns: Columns, rows: int, portion: int) -> Board:
    return Board(rows, columns.tests, len(columns.canaries), columns.rule(), portion)
