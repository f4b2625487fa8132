"""Runs a block over a channel, and judges outputs of cases: by a comparer here, or by a checker program in a second box.

The second box is started when the first checker comes. It sees expected outputs; no candidate ever runs in it.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Protocol

from coderm.comparing.factory import make_comparer
from coderm.messages.cases import CaseBlock
from coderm.messages.execution import Block, BlockResult, Outcome
from coderm.sandbox.wire.cases import Judge, run_cases
from coderm.sandbox.wire.channel import Channel
from coderm.sandbox.wire.checking import CheckerSession
from coderm.sandbox.wire.client import run_block
from coderm.sandbox.wire.giving_up import GivingUp

SHOWN = 200
"""Characters of an expected output and of the one that came, in a detail."""


class CheckerBox(Protocol):
    """A box that runs checkers."""

    def start(self) -> None:
        """Start it. Raises EngineError."""

    def channel(self) -> Channel:
        """Return the way to its runner. Raises SandboxLost when it is not started."""

    def close(self) -> None:
        """Remove it; safe to call twice."""


class Judges:
    """Makes the judge of each block; `make` makes the box for checkers."""

    def __init__(self, make: Callable[[], CheckerBox]) -> None:
        self._make = make
        self._box: CheckerBox | None = None

    def run(self, channel: Channel, block: Block | CaseBlock, alive: Callable[[], None], giving_up: GivingUp) -> BlockResult:
        """Run a block of either kind over the channel of a box; see Sandbox.run."""
        if isinstance(block, Block):
            return run_block(channel, block, alive, giving_up)
        with self.judge(block, alive) as judge:
            return run_cases(channel, block, judge, alive, giving_up)

    @contextlib.contextmanager
    def judge(self, block: CaseBlock, alive: Callable[[], None]) -> Iterator[Judge]:
        """Give the judge of a block. Raises ConfigError for a comparison that none can be made of."""
        if block.comparison.name != "checker":
            yield _comparing(block)
            return
        session = CheckerSession(self._started().channel(), block, alive)
        cases = block.cases

        def ask(case: int, output: bytes) -> tuple[Outcome, str]:
            given, expected = (text.encode("utf-8", "surrogatepass") for text in (cases[case].input, cases[case].expected))
            return session.ask(given, expected, output)

        try:
            yield ask
            session.close()
        except BaseException:
            self.close()  # it may be in the middle of a job
            raise

    def close(self) -> None:
        """Remove the box for checkers, if there is one."""
        box, self._box = self._box, None
        if box is not None:
            box.close()

    def _started(self) -> CheckerBox:
        if self._box is None:
            box = self._make()
            box.start()
            self._box = box
        return self._box


def _comparing(block: CaseBlock) -> Judge:
    equal = make_comparer(block.comparison)

    def judge(case: int, output: bytes) -> tuple[Outcome, str]:
        expected = block.cases[case].expected
        if equal(expected, output):
            return Outcome.PASSED, ""
        got = output[: 4 * SHOWN].decode("utf-8", "replace")
        return Outcome.FAILED, f"wrong output: expected {_shown(expected)}, got {_shown(got)}"

    return judge


def _shown(text: str) -> str:
    return repr(text) if len(text) <= SHOWN else f"{text[:SHOWN]!r}..."
