"""What the tests of scoring are built from: an `execute` that judges by a function, loses what it is told to, and keeps count."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from coderm.errors import SandboxLost
from coderm.messages.execution import Block, BlockResult, Outcome
from coderm.messages.scoring import ScoreRequest, ScoreSettings, UnitTests
from coderm.scoring.scorer import Scorer
from coderm.scoring.settings import ScorerSettings

P, F, T, E, LOST, LEFT = Outcome.PASSED, Outcome.FAILED, Outcome.TIMEOUT, Outcome.ERROR, Outcome.LOST, Outcome.LEFT_OUT


def by_letters(program: str, test: str) -> Outcome:
    """Programs are words of outcomes, one letter a test; tests are numbers. A canary is failed, except by `cheat`."""
    if not test.isdigit():
        return P if program == "cheat" else F
    return {"p": P, "f": F, "t": T, "c": P}[program[int(test) % len(program)]]


@dataclass
class Boxes:
    """Runs blocks at once; `poison`: programs that lose their block, `broken`: whether everything is lost.

    troubles: what the first, second, ... block ends in, whatever it holds; None: it is run.
    """

    judge: Callable[[str, str], Outcome] = by_letters
    poison: frozenset[str] = frozenset()
    losses: int = 0
    troubles: list[Exception | None] = field(default_factory=list)
    broken: bool = False
    gate: asyncio.Event | None = None
    blocks: list[Block] = field(default_factory=list)
    running: int = 0
    most: int = 0
    cancelled: int = 0
    cpu_s: dict[Outcome, float] = field(default_factory=lambda: {T: 2.0})
    seconds: float = 0.0

    async def execute(self, block: Block) -> BlockResult:
        self.blocks.append(block)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await (asyncio.sleep(0) if self.gate is None else self.gate.wait())
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
        if self.troubles and (trouble := self.troubles.pop(0)) is not None:
            raise trouble
        if self.broken or self.poison & set(block.programs):
            raise SandboxLost("the box died")
        if self.losses:
            self.losses -= 1
            raise SandboxLost("the box died once")
        return replace(self.result(block), seconds=self.seconds)

    def result(self, block: Block) -> BlockResult:
        if block.block_id.startswith("harmless"):
            return result(block, [[P]], self.cpu_s)
        rows = [[self.judge(program, test) for test in block.tests] for program in block.programs]
        for row in rows:
            streak = 0
            for place, outcome in enumerate(row):
                if streak == block.limits.row_timeouts > 0:
                    row[place] = LEFT
                streak = streak + 1 if outcome == T else (streak if row[place] == LEFT else 0)
        return result(block, rows, self.cpu_s)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every pair that was run, in order."""
        return [(program, test) for block in self.blocks for program in block.programs for test in block.tests]


def result(block: Block, rows: list[list[Outcome]], cpu_s: dict[Outcome, float]) -> BlockResult:
    outcomes = np.array(rows, np.int8).reshape(len(block.programs), len(block.tests))
    seconds = np.vectorize(lambda outcome: cpu_s.get(Outcome(outcome), 0.1), otypes=[np.float32])(outcomes)
    return BlockResult(block.block_id, outcomes, seconds, np.zeros_like(outcomes))


def scorer(boxes, *, cache=None, clock=lambda: 0.0, **settings):
    async def no_pause(seconds):
        await asyncio.sleep(0)

    return Scorer(boxes.execute, environment="box", cache=cache, clock=clock, sleep=no_pause, settings=ScorerSettings(**settings))


def request(*programs, tests=6, **settings):
    suite = UnitTests(tuple(str(number) for number in range(tests)))
    return ScoreRequest("p/0", programs, suite, ScoreSettings(**settings))


def letters(verdict):
    return "".join({P: "p", F: "f", T: "t", E: "e", LOST: "?", LEFT: "-"}[outcome] for outcome in verdict.outcomes)
