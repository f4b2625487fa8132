"""A sandbox whose box is exchanged for a fresh one when it is worn.

The exchange runs in background threads: a spare is started ahead of it and the old box is removed after it. Meets the
Sandbox protocol and knows boxes only through it. `close` waits for the threads and leaves no box; when this process is killed,
its boxes go with it, since their streams are its own.
"""

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from coderm.errors import BlockCancelled, EngineError, ImageChanged, SandboxLost
from coderm.messages.cases import CaseBlock
from coderm.messages.execution import Block, BlockResult
from coderm.sandbox.base import Sandbox
from coderm.sandbox.recycling.wear import SPARE_AGE, Reason, Wear, WearLimits


@dataclass(frozen=True, slots=True)
class StartedBox:
    """A box that serves, and when its start began: before its label says when it expires."""

    box: Sandbox
    born: float


class RecyclingSandbox:
    """Runs blocks in boxes made by `make`. The result of the first block in an exchanged box says why (`recycled`)."""

    def __init__(self, make: Callable[[], Sandbox], limits: WearLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self._make = make
        self._limits = limits
        self._clock = clock
        self._given_up = ""
        self._box: Sandbox | None = None
        self._wear = Wear(limits, clock())
        self._spare: Future[StartedBox] | None = None
        self._threads: ThreadPoolExecutor | None = None

    @property
    def environment(self) -> str:
        """See Sandbox.environment; that of every box, or `run` raises."""
        return "" if self._box is None else self._box.environment

    def start(self) -> None:
        """Start the first box. Raises EngineError with the remedy."""
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="boxes")
        first = self._start_box()
        self._box, self._wear = first.box, Wear(self._limits, first.born)

    def run(self, block: Block | CaseBlock) -> BlockResult:
        """Run a block; see Sandbox.run. After a loss the next block finds another box.

        Raises EngineError when none can be had, ImageChanged when it is of another image.
        """
        reason = self._exchange_if_worn()
        if self._box is None:
            raise SandboxLost("the sandbox is not started; call start() first")
        if block.block_id == self._given_up:
            raise BlockCancelled(f"block {block.block_id} was given up before it began")
        started = self._clock()
        try:
            result = self._box.run(block)
        except SandboxLost:
            self._wear.add_loss()
            self._ensure_spare()
            self._close_in_background(self._box)
            raise
        ended = self._clock()
        self._wear.add_block(result, ended, canaries=block.canary_columns if isinstance(block, Block) else 0)
        self._ensure_spare()
        return replace(result, recycled=reason or "", seconds=ended - started)

    def cancel(self, block_id: str) -> None:
        """See Sandbox.cancel; an exchange of boxes in between does not lose it."""
        self._given_up = block_id
        if (box := self._box) is not None:
            box.cancel(block_id)

    def close(self) -> None:
        """Remove every box, the spare and those on their way out included; safe to call twice."""
        threads, self._threads = self._threads, None
        box, self._box = self._box, None
        spare, self._spare = self._spare, None
        if threads is None:
            return
        try:
            if box is not None:
                box.close()
        finally:
            if spare is not None and not spare.cancel() and spare.exception() is None:
                spare.result().box.close()
            threads.shutdown()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _start_box(self) -> StartedBox:
        born, box = self._clock(), self._make()
        box.start()
        return StartedBox(box, born)

    def _ensure_spare(self) -> None:
        """Start a spare unless there is one."""
        if self._spare is None and self._threads is not None:
            self._spare = self._threads.submit(self._start_box)

    def _exchange_if_worn(self) -> Reason | None:
        """Exchange a worn box and return why; one that is merely old serves on until a spare is ready."""
        self._wear.check_age(self._clock())
        reason, old = self._wear.reason, self._box
        if reason is None or old is None or self._threads is None:
            return None
        self._drop_old_spare()
        self._ensure_spare()
        assert self._spare is not None
        if not self._wear.unfit and not self._spare.done():
            return None
        spare, self._spare = self._spare, None
        if not self._wear.unfit and spare.exception() is not None:
            return None  # the next block has another spare made
        new = spare.result() if spare.exception() is None else self._start_box()  # a second try; its error rises
        self._box = self._require_same_image(new.box, old)
        self._wear = Wear(self._limits, new.born)
        self._close_in_background(old)
        return reason

    def _drop_old_spare(self) -> None:
        """Remove a spare that has waited for so long that it would soon be worn itself."""
        spare = self._spare
        if spare is None or not spare.done() or spare.exception() is not None:
            return
        if self._clock() - spare.result().born > SPARE_AGE * self._limits.age_s:
            self._spare = None
            self._close_in_background(spare.result().box)

    def _close_in_background(self, box: Sandbox) -> None:
        if self._threads is not None:
            self._threads.submit(_close_box, box)

    def _require_same_image(self, box: Sandbox, old: Sandbox) -> Sandbox:
        if box.environment != old.environment:
            box.close()
            raise ImageChanged(f"the sandbox image changed during the run, from {old.environment} to {box.environment}; run again")
        return box


def _close_box(box: Sandbox) -> None:
    with contextlib.suppress(EngineError):  # its stream is closed, so it ends by itself; the next sweep takes what is left
        box.close()
