"""Carries a region to a sandbox and back, and decides what a loss means.

A lost block is run again. One that is lost `losses` times is taken apart, as long as a block of ours that harms nothing still
comes back: then the sandboxes serve, and something in the block ends them. A pair that stands alone at the end of that is tried as
often once more: an engine that died and came back, or whoever kills sandboxes, looks the same at first. If its sandboxes end then,
too, it is the guilty one: an `error` of the program, not a loss. Where our own block is lost, or a worker in place of a box, the
machine is at fault, and the pairs are lost.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from itertools import count

import numpy as np

from coderm.errors import BlockCancelled, ImageChanged, InfrastructureError, SandboxLost
from coderm.messages.cases import CaseBlock
from coderm.messages.execution import Block, BlockResult, Outcome
from coderm.scheduling.blocks import shortened
from coderm.scoring.board import Region
from coderm.scoring.cutting import halves
from coderm.scoring.pace import Pace
from coderm.scoring.settings import ScorerSettings
from coderm.scoring.turns import Turns

Execute = Callable[[Block | CaseBlock], Awaitable[BlockResult]]
"""Runs one block somewhere. Cancelling it ends the block. Raises SandboxLost or another InfrastructureError."""

HARMLESS_TEST = "import unittest\nclass ACase(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(1 + 1, 2)\n"
GUILTY = "its sandbox ended under this pair each time, and served others"


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """A region came back; `result` has its verdicts."""

    region: Region
    result: BlockResult


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A region will not come back. guilty: its one pair ends every sandbox; otherwise nothing is known about its pairs."""

    region: Region
    reason: str
    guilty: bool = False


Answer = Answered | Unanswered


@dataclass(frozen=True, slots=True)
class Freight:
    """What one request sends: makes the block of a region; `deadline` and `number` decide its turn."""

    block: Callable[[Region], Block | CaseBlock]
    deadline: float
    number: int


class Carrier:
    """Shared by all requests of a scorer; at most `settings.slots` blocks are under way."""

    def __init__(
        self,
        execute: Execute,
        environment: str,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        settings: ScorerSettings,
    ) -> None:
        self._execute = execute
        self._environment = environment
        self._clock = clock
        self._sleep = sleep
        self._settings = settings
        self._numbers = count()
        self.turns = Turns(settings.slots)
        self.pace = Pace()

    async def carry(self, region: Region, freight: Freight) -> AsyncIterator[Answer]:
        """Yield answers that together cover the region. Raises what no retry can repair and is not the machine's."""
        try:
            yield Answered(region, await self._persist(region, freight))
        except (ImageChanged, BlockCancelled) as error:
            yield Unanswered(region, error.message)
        except InfrastructureError as error:
            if not await self._serves(freight):
                yield Unanswered(region, error.message)
            elif region.pairs == 1:
                yield await self._carry_suspect(region, freight)
            else:
                for half in halves(region):
                    async for answer in self.carry(half, freight):
                        yield answer

    async def _carry_suspect(self, region: Region, freight: Freight) -> Answer:
        """Try a pair again whose sandboxes ended while others served; it is guilty if that happens once more."""
        try:
            return Answered(region, await self._persist(region, freight))
        except SandboxLost as error:
            guilty = await self._serves(freight)
            return Unanswered(region, GUILTY if guilty else error.message, guilty)
        except InfrastructureError as error:
            return Unanswered(region, error.message)

    async def _persist(self, region: Region, freight: Freight) -> BlockResult:
        """Run a block, and again when it is lost. Raises the last loss."""
        pause_s = self._settings.pause_s
        for left in reversed(range(self._settings.losses)):
            try:
                return await self._send(freight.block(region), region.pairs, freight)
            except (ImageChanged, BlockCancelled):
                raise
            except InfrastructureError as error:
                if not left:
                    raise
                if not isinstance(error, SandboxLost):  # no worker at once: another one is being started
                    await self._sleep(pause_s)
                    pause_s *= 2
        raise AssertionError("a block has one try at least")

    async def _send(self, block: Block | CaseBlock, pairs: int, freight: Freight) -> BlockResult:
        async with self.turns.turn(freight.deadline, freight.number):
            started = self._clock()
            result = await self._execute(block)
            self.pace.note(result.seconds or self._clock() - started, pairs)
        if missing := int(np.count_nonzero(result.outcomes == Outcome.LOST)):
            raise SandboxLost(f"{missing} pair(s) came back without a verdict")
        return shortened(result, self._settings.details_kb * 1024)

    async def _serves(self, freight: Freight) -> bool:
        """Whether a block that harms nothing comes back."""
        block = Block(f"harmless|{next(self._numbers)}", ("",), (HARMLESS_TEST,), environment=self._environment)
        try:
            result = await self._send(block, 0, freight)
        except InfrastructureError:
            return False
        return bool(result.outcomes[0, 0] == Outcome.PASSED)


async def gathered(answers: AsyncIterator[Answer], inbox: "asyncio.Queue[Answer | Exception]") -> None:
    """Put all answers into the inbox, and an error in their place."""
    try:
        async for answer in answers:
            inbox.put_nowait(answer)
    except Exception as error:  # noqa: BLE001 - the asker takes it out of its inbox, and it rises there
        inbox.put_nowait(error)
