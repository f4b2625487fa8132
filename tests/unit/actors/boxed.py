"""A scoring actor over workers of this process: each judges by letters, and ends a block when told to."""

import asyncio
from dataclasses import dataclass, field

import numpy as np

from actors.executor import Description
from actors.scoring import Executors, ScoringActor
from actors.worker import WorkerDied
from coderm.config.schema import ClusterConfig
from coderm.config.scoring import ScoringConfig
from coderm.errors import BlockCancelled
from coderm.messages.execution import BlockResult, Outcome
from coderm.messages.scoring import ScoreRequest, ScoreSettings, UnitTests

LETTERS = {"p": Outcome.PASSED, "f": Outcome.FAILED, "e": Outcome.ERROR}


@dataclass
class Hand:
    """An executor. gate: shut, blocks wait at it; dead: it answers nothing any more; silent: nor does it end."""

    gate: asyncio.Event
    ran: list[str] = field(default_factory=list)
    cancelled: set[str] = field(default_factory=set)
    under_way: dict[str, asyncio.Event] = field(default_factory=dict)
    dead: bool = False
    closed: bool = False
    signs: int = 0

    async def setup(self):
        self.dead = False

    async def call(self, method, argument):
        if self.dead:
            raise WorkerDied("the executor died")
        return await getattr(self, f"_{method}")(argument)

    async def close(self):
        self.dead = self.closed = True
        for ended in self.under_way.values():
            ended.set()

    async def _describe(self, _):
        return Description("here", "box")

    async def _prove(self, _):
        return ()

    async def _signs(self, _):
        return self.signs

    async def _cancel(self, block_id):
        self.cancelled.add(block_id)
        if block_id in self.under_way:
            self.under_way[block_id].set()

    async def _execute(self, block):
        self.ran.append(block.block_id)
        ended = self.under_way[block.block_id] = asyncio.Event()
        waits = [asyncio.create_task(event.wait()) for event in (self.gate, ended)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            del self.under_way[block.block_id]
        if self.dead:
            raise WorkerDied("the executor died")
        if block.block_id in self.cancelled:
            raise BlockCancelled("given up")
        return judged(block)


def judged(block):
    rows = [
        [LETTERS[program[int(test) % len(program)]] if test.isdigit() else Outcome.PASSED for test in block.tests]
        for program in block.programs
    ]
    outcomes = np.array(rows, np.int8)
    return BlockResult(block.block_id, outcomes, np.full(outcomes.shape, 0.1, np.float32), np.zeros_like(outcomes))


class Hands:
    """Spawns hands that share a gate, which is open at first."""

    def __init__(self):
        self.all = []
        self.gate = asyncio.Event()
        self.gate.set()

    def spawn(self):
        self.all.append(Hand(self.gate))
        return self.all[-1]

    @property
    def busy(self):
        return [block for hand in self.all for block in hand.under_way]


class Running:
    """A scoring actor that is set up; closed in the end."""

    def __init__(self, executors=2, clock=lambda: 0.0, **config):
        self.hands = Hands()
        cluster = ClusterConfig(in_flight=config.pop("in_flight", 1))
        self.actor = ScoringActor(ScoringConfig(cluster=cluster, **config), Executors(executors, self.hands.spawn), clock=clock)

    async def __aenter__(self):
        await self.actor.setup()
        return self.actor, self.hands

    async def __aexit__(self, *_):
        self.hands.gate.set()
        await self.actor.close()
        assert all(hand.closed for hand in self.hands.all)


def request(*programs, tests=4, **settings):
    return ScoreRequest("p/0", programs, UnitTests(tuple(map(str, range(tests)))), ScoreSettings(**settings))


def letters(verdict):
    return "".join(outcome.label[0] for outcome in verdict.outcomes)


async def settle(steps=50):
    """Let everything run that can."""
    for _ in range(steps):
        await asyncio.sleep(0)
