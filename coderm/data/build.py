"""Carries records through the stages: reads, sieves one after another, works on a window of records at once, and notes everything.

What the sieve decides depends on the order of the rows, so it goes row by row. What follows depends on the record alone, so records
overtake each other; the data set has them in the order of the sources all the same.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from coderm.config.data import DataConfig
from coderm.data.asking import Ask, PairsLost, Stage, Steps, ask_id
from coderm.data.reading import read_sources
from coderm.data.records import STAGES, Cost, Kept, Record, Rejected, StageName, Unread, Why
from coderm.data.sieve import Sieve
from coderm.data.stages.function_form import FunctionForm
from coderm.data.stages.quality import Quality
from coderm.data.stages.repair import Repair
from coderm.data.stages.suitability import Suitability
from coderm.data.stages.synthesize import Synthesize
from coderm.data.store import Costs, Ended, Scored, Store
from coderm.errors import InputError
from coderm.messages.events import Generate, Sampled
from coderm.messages.scoring import ProgramVerdict, ScoreRequest

T = TypeVar("T")


class Carrier(Protocol):
    """Answers questions; many may be under way."""

    async def sample(self, command: Generate) -> Sampled:
        """Sample texts. Raises GenerationError or ClusterError."""

    async def score(self, request: ScoreRequest) -> tuple[ProgramVerdict, ...]:
        """Judge programs. Raises InfrastructureError."""


def stages(config: DataConfig) -> dict[StageName, Stage]:
    """Return the stages after the sieve, in their order."""
    return {
        StageName.SUITABILITY: Suitability(config),
        StageName.FUNCTION_FORM: FunctionForm(config),
        StageName.SYNTHESIZE: Synthesize(config),
        StageName.REPAIR: Repair(config),
        StageName.QUALITY: Quality(config),
    }


@dataclass(slots=True)
class Tally:
    """Rows that have ended, by stage and reason; accepted: those of the data set; lost: records tried in vain."""

    rejected: dict[StageName, dict[str, int]] = field(default_factory=lambda: {stage: {} for stage in STAGES})
    accepted: int = 0
    lost: int = 0

    @staticmethod
    def of(counts: Mapping[tuple[str, str], int]) -> "Tally":
        """Return the tally of a store's counts."""
        tally = Tally()
        for (stage, why), count in counts.items():
            tally.add(stage, why, count)
        return tally

    def add(self, stage: str, why: str, count: int = 1) -> None:
        """Count rows that ended; an empty stage: in the data set."""
        if stage:
            reasons = self.rejected[StageName(stage)]
            reasons[why] = reasons.get(why, 0) + count
        else:
            self.accepted += count

    @property
    def ended(self) -> int:
        """Rows that have ended."""
        return self.accepted + sum(sum(reasons.values()) for reasons in self.rejected.values())

    def flow(self) -> Iterator[tuple[StageName, int, int]]:
        """Yield (stage, records in, records out), of the rows that have ended."""
        left = self.ended
        for stage, reasons in self.rejected.items():
            out = left - sum(reasons.values())
            yield stage, left, out
            left = out


Seen = Callable[[str, Record], None]
"""Called when a record enters a stage, with the stage's name."""


class Build:
    """One build. `run` goes through all sources; told: called with the tally whenever a row has ended."""

    def __init__(
        self,
        config: DataConfig,
        carrier: Carrier,
        store: Store,
        environment: str,
        told: Callable[[Tally], None] = lambda _: None,
        seen: Seen = lambda _, __: None,
    ) -> None:
        self._config = config
        self._carrier = carrier
        self._store = store
        self._environment = environment
        self._told = told
        self._seen = seen
        self._sieve = Sieve(config, store)
        self._stages = stages(config)
        self._tasks: set[asyncio.Task[None]] = set()
        self._at: dict[int, StageName] = {}
        self.tally = Tally.of(store.counts())

    def at_work(self) -> dict[StageName, int]:
        """Count the records that are under way, by stage."""
        at = Counter(self._at.values())
        return {stage: at[stage] for stage in STAGES if at[stage]}

    async def run(self) -> Tally:
        """Bring every row to its end. Raises the first error that is no reject; what was answered until then is kept."""
        try:
            for row in read_sources(self._config.sources):
                if self._store.state(row.position) == "ended":
                    continue
                record = self._sieved(row)
                if record is not None:
                    await self._room()
                    self._tasks.add(asyncio.create_task(self._work(record)))
            while self._tasks:
                await self._next()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        return self.tally

    def _sieved(self, row: Record | Unread) -> Record | None:
        """Take a row through the sieve; None where it ends there."""
        if isinstance(row, Unread):
            self._end(Ended(row.position, "", row.origin, StageName.READ, row.rejected.why, f"{row.where}: {row.rejected.detail}"))
            return None
        try:
            stage, found = self._sieve(row)
        except RecursionError:
            stage, found = StageName.FILTER, Rejected(Why.TOO_DEEP)
        if isinstance(found, Record):
            return found
        double = found.why is Why.DOUBLE_ID
        self._end(Ended(row.position, "" if double else row.problem.task_id, row.origin, stage, found.why, found.detail))
        return None

    async def _room(self) -> None:
        """Wait until fewer records than the window are in work."""
        while len(self._tasks) >= self._config.cluster.in_work(0):
            await self._next()
        await asyncio.sleep(0)

    async def _next(self) -> None:
        done, self._tasks = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def _work(self, record: Record) -> None:
        costs: Costs = {}
        try:
            stage, found = await self._through(record, costs)
        except PairsLost:
            self.tally.lost += 1
            return
        finally:
            self._at.pop(record.position, None)
        where = record.position, record.problem.task_id, record.origin
        if isinstance(found, Rejected):
            self._end(Ended(*where, stage, found.why, found.detail, costs))
        else:
            self._end(Ended(*where, costs=costs), Kept.of(found))

    async def _through(self, record: Record, costs: Costs) -> tuple[StageName, Record | Rejected]:
        for name, stage in self._stages.items():
            self._at[record.position] = name
            self._seen(name, record)
            found = await self._ended(stage(record), costs.setdefault(name, Cost()))
            if isinstance(found, Rejected):
                return name, found
            record = found
        return StageName.QUALITY, record

    async def _ended(self, steps: Steps[Record | Rejected], cost: Cost) -> Record | Rejected:
        """Carry a stage to its end; what a text of the record's own is to blame for is a reject."""
        try:
            return await self._carried(steps, cost)
        except RecursionError:
            return Rejected(Why.TOO_DEEP)
        except InputError as error:
            if type(error) is not InputError:  # a setting or a recording: not the record's fault
                raise
            return Rejected(Why.TOO_LARGE, error.message)

    async def _carried(self, steps: Steps[T], cost: Cost) -> T:
        """Answer the questions of a stage until it returns."""
        try:
            ask = next(steps)
            while True:
                ask = steps.send(await self._answered(ask, cost))
        except StopIteration as end:
            found: T = end.value
            return found

    async def _answered(self, ask: Ask, cost: Cost) -> Sampled | tuple[ProgramVerdict, ...]:
        name = ask_id(ask, self._environment)
        answer = self._store.answer(name)
        if answer is None:
            answer = await self._asked(ask)
            if not _is_lost(answer):
                self._store.note(name, answer, ask.request if isinstance(ask, Generate) else None)
        cost.add(cost_of(answer))
        return answer if isinstance(answer, Sampled) else answer.verdicts

    async def _asked(self, ask: Ask) -> Sampled | Scored:
        return await self._carrier.sample(ask) if isinstance(ask, Generate) else Scored(await self._carrier.score(ask))

    def _end(self, ended: Ended, kept: Kept | None = None) -> None:
        self._store.end(ended, kept)
        self.tally.add(ended.stage, ended.why)
        self._told(self.tally)


def cost_of(answer: Sampled | Scored) -> Cost:
    """Return what an answer has cost."""
    if isinstance(answer, Sampled):
        return Cost(answer.prompt_tokens + sum(sample.tokens for sample in answer.samples), samples=len(answer.samples))
    cpu_s = sum(sum(verdict.cpu_s) for verdict in answer.verdicts)
    return Cost(cpu_s=cpu_s, pairs=sum(len(verdict.outcomes) for verdict in answer.verdicts))


def _is_lost(answer: Sampled | Scored) -> bool:
    return isinstance(answer, Scored) and any(verdict.lost for verdict in answer.verdicts)
