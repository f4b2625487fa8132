"""LocalSandbox: the same runner as a plain subprocess, for machines without Docker. It protects nothing."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from coderm.config.schema import SandboxConfig
from coderm.errors import EngineError, SandboxLost
from coderm.janitor import Janitor, kept_directory
from coderm.messages.cases import CaseBlock
from coderm.messages.execution import Block, BlockResult
from coderm.sandbox.judges import Judges
from coderm.sandbox.packages.hints import with_hints
from coderm.sandbox.packages.installed import installed_packages
from coderm.sandbox.packages.lock import Lock
from coderm.sandbox.runner_sources import runner_digest
from coderm.sandbox.wire.channel import Channel, Plain
from coderm.sandbox.wire.client import await_ready, describe
from coderm.sandbox.wire.giving_up import GivingUp

BOOTSTRAP = "import sys; d = sys.argv.pop(1); sys.path.append(d); from runner.__main__ import main; sys.path.remove(d); main()"
START_TIMEOUT_S = 60.0
CLOSE_TIMEOUT_S = 10.0
WARNING = "warning: sandbox.type = local runs programs as plain processes of this machine and protects nothing\n"


class LocalSandbox:
    """One runner process of this user; rlimits, a deadline and a clean scratch directory are all it has."""

    def __init__(self, config: SandboxConfig, *, alive: Callable[[], None] = lambda: None) -> None:
        self._config = config
        self._alive = alive
        self._giving_up = GivingUp(time.monotonic)
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None
        self._janitor: Janitor | None = None
        self._greeting: dict[str, str] = {}
        self._judges = Judges(lambda: LocalSandbox(config))
        self._lock = Lock()

    @property
    def environment(self) -> str:
        """See Sandbox.environment; known once started."""
        return describe("local", runner_digest(), self._greeting, self._lock.digest)

    @property
    def pid(self) -> int:
        """Process id of the runner; 0 when it is not started."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Warn, start the runner and wait until it is ready."""
        sys.stderr.write(WARNING)
        if sys.platform != "linux":
            raise EngineError("sandbox.type = local works on Linux only; use sandbox.type = docker")
        self._lock = installed_packages(self._config)
        try:
            scratch, self._janitor = kept_directory("coderm-")
            self._process = process = _spawn(scratch)
            self._channel = Channel(_fd(process.stdout), _fd(process.stdin), Plain(), f"local:{process.pid}")
            self._greeting = await_ready(self._channel, START_TIMEOUT_S)
        except SandboxLost as error:
            self.close()
            raise EngineError(f"the local runner does not start: {error.message}; see its error above") from None
        except BaseException:
            self.close()
            raise

    def run(self, block: Block | CaseBlock) -> BlockResult:
        """Run a block; see Sandbox.run."""
        result = self._judges.run(self.channel(), block, self._alive, self._giving_up)
        return with_hints(result, block, self._greeting["python"])

    def channel(self) -> Channel:
        """Return the way to the runner. Raises SandboxLost when it is not started."""
        if self._channel is None:
            raise SandboxLost("the local sandbox is not started; call start() first")
        return self._channel

    def cancel(self, block_id: str) -> None:
        """See Sandbox.cancel."""
        self._giving_up.cancel(block_id)

    def close(self) -> None:
        """End the runner, which ends its pairs; kill it when it does not go by itself."""
        self._judges.close()
        process, self._process, self._channel = self._process, None, None
        if process is not None:
            _end(process)
        if self._janitor is not None:
            self._janitor.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _spawn(scratch: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-B", "-s", "-P", "-c", BOOTSTRAP, str(Path(__file__).parent), "--plain", scratch]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd="/",
        env={"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"},
        start_new_session=True,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the runner and wait for it; kill it when it does not go by itself."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    try:
        process.wait(CLOSE_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _fd(pipe: object) -> int:
    return int(pipe.fileno())  # type: ignore[attr-defined]
