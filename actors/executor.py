"""The executor: leases one sandbox and runs blocks in it. Stateless between blocks, so any block may be sent to any executor.

Every few minutes it also removes what dead runs left on its node, beside the work.
"""

import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from actors.admission import Place
from actors.given_up import GivenUpIds
from actors.worker import WorkerDied
from coderm.config.schema import SandboxConfig
from coderm.errors import EngineError, ImageChanged, SandboxLost
from coderm.logs import LogSetup, get_log, set_up
from coderm.messages.cases import CaseBlock
from coderm.messages.execution import Block, BlockResult
from coderm.sandbox.base import Sandbox
from coderm.sandbox.containers.sweep import SweepTimer, sweep
from coderm.sandbox.factory import make_recycling_sandbox
from coderm.sandbox.proofs import prove_once

_log = get_log(__name__)


@dataclass(frozen=True, slots=True)
class Description:
    """Where an executor runs and what its verdicts depend on."""

    node: str
    environment: str


class SandboxMaker(Protocol):
    """Makes the sandbox of an executor, such as `make_recycling_sandbox`."""

    def __call__(self, config: SandboxConfig, *, run_id: str, alive: Callable[[], None]) -> Sandbox: ...


class ExecutorActor:
    """Forwards blocks to its sandbox, which replaces a box that died."""

    def __init__(
        self, config: SandboxConfig, run_id: str, log: LogSetup | None = None, make: SandboxMaker = make_recycling_sandbox
    ) -> None:
        if log is not None:
            set_up(log)
        self._make = make
        self._signs = 0
        self._given_up = GivenUpIds()
        self._config = config
        self._run_id = run_id
        self._sandbox: Sandbox | None = None
        self._sweep_timer = SweepTimer(time.monotonic)

    def setup(self) -> None:
        """Remove what dead runs left on this node, then start the sandbox. Raises EngineError with the remedy."""
        self.close()
        if self._config.type == "docker":
            _sweep_node()
        sandbox = self._make(self._config, run_id=self._run_id, alive=self._sign)
        sandbox.start()
        self._sandbox = sandbox
        _log.info("sandbox started", environment=sandbox.environment)

    def execute(self, block: Block | CaseBlock) -> BlockResult:
        """Run one block.

        Raises SandboxLost when the box died under it; the next block finds a new box. Raises WorkerDied when this node's engine
        gives none, so that this actor is replaced and the block run elsewhere. Raises ImageChanged, which a retry cannot repair,
        also when the box is of another environment than the block: this executor came after the run's first ones, and the image
        was built anew meanwhile. Raises BlockCancelled when the block was given up.
        """
        try:
            with self._given_up.running(block.block_id):
                return self._run_block(block)
        except ImageChanged:
            raise
        except EngineError as error:
            raise WorkerDied(error.message) from None

    def _run_block(self, block: Block | CaseBlock) -> BlockResult:
        if self._sandbox is None:
            self.setup()
        assert self._sandbox is not None
        if self._config.type == "docker" and self._sweep_timer.due():
            threading.Thread(target=_sweep_node, name="sweep", daemon=True).start()
        if block.environment not in ("", here := self._sandbox.environment):
            raise ImageChanged(f"the sandbox image changed during the run, from {block.environment} to {here}; run again")
        try:
            result = self._sandbox.run(block)
        except SandboxLost as error:
            _log.warning("sandbox lost", block=block.block_id, error=error)
            raise
        if result.recycled:
            _log.info("sandbox exchanged", reason=result.recycled)
        return result

    def cancel(self, block_id: str) -> None:
        """End a block that runs here, or refuse it when it comes; anything else stays as it is. Answers while a block runs."""
        if self._given_up.add(block_id) and self._sandbox is not None:
            self._sandbox.cancel(block_id)

    def cancel_running(self) -> None:
        """End whatever block runs here."""
        if self._sandbox is not None and (block_id := self._given_up.block_id):
            self._sandbox.cancel(block_id)

    def signs(self, _: None = None) -> int:
        """Count the signs of life that blocks have given; answers while a block runs."""
        return self._signs

    def _sign(self) -> None:
        self._signs += 1

    def describe(self, _: None = None) -> Description:
        """Tell the node and what decides verdicts on it besides texts and limits."""
        assert self._sandbox is not None
        return Description(socket.gethostname(), self._sandbox.environment)

    def place(self, _: None = None) -> Place:
        """Where this executor is, set up or not."""
        host = socket.gethostname()
        return Place(_node_id() or host, host, os.getpid())

    def prove(self, _: None = None) -> tuple[str, ...]:
        """Prove every limit of the sandbox on this node, unless this boot has seen the proof.

        Raises EngineError naming the one that does not hold.
        """
        return prove_once(self._config) if self._config.type == "docker" else ()

    def close(self) -> None:
        """Remove the sandbox."""
        if self._sandbox is not None:
            self._sandbox.close()
            self._sandbox = None


def _node_id() -> str:
    """Ray's id of this node; "" in a process that is no worker of Ray."""
    ray = sys.modules.get("ray")
    return str(ray.get_runtime_context().get_node_id()) if ray is not None and ray.is_initialized() else ""


def _sweep_node() -> None:
    with contextlib.suppress(EngineError):  # the next round tries again, and a run's end sweeps, too
        swept = sweep()
        _log.info("containers of dead runs removed", containers=len(swept.removed), failed=len(swept.failed))
