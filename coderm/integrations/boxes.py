"""Runs programs for `/run_code` in sandboxes of this process, one program at a time in each."""

import asyncio
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, Self

from coderm.config.schema import SandboxConfig
from coderm.errors import SandboxLost
from coderm.integrations.run_files import with_files
from coderm.integrations.sandbox_fusion import KILLED, ProcessEnd, ProcessRun, SandboxBusy
from coderm.messages.execution import Limits, Outcome
from coderm.sandbox.containers.container import DockerSandbox
from coderm.sandbox.local import LocalSandbox
from coderm.sandbox.wire.channel import Channel
from coderm.sandbox.wire.giving_up import GivingUp
from coderm.sandbox.wire.jobs import Ended, Files, Job, run_job

_STATUS = re.compile(r"exited with status (\d+)")
_SIGNAL = re.compile(r"killed by signal (\d+)")
ERROR_STATUS = 1
"""What Python exits with after an exception."""


class Box(Protocol):
    """A sandbox whose runner can be spoken to."""

    def start(self) -> None: ...

    def channel(self) -> Channel: ...

    def close(self) -> None: ...


def make_box(config: SandboxConfig) -> Box:
    """Make a box by its configured type; nothing is started."""
    return LocalSandbox(config) if config.type == "local" else DockerSandbox(config, run_id=f"run-code-{uuid.uuid4().hex[:8]}")


class Boxes:
    """`Processes` over sandboxes of this process. Start it, close it.

    The CPU limit of a program is what the caller grants, at most `most_s`; all other limits are those of the config.
    """

    def __init__(
        self, config: SandboxConfig, count: int = 1, *, most_s: float = 60.0, make: Callable[[SandboxConfig], Box] = make_box
    ) -> None:
        self._config = config
        self._most_s = most_s
        self._make = make
        self._count = count
        self._free: list[Box] = []
        self._all: set[Box] = set()

    @property
    def count(self) -> int:
        """How many boxes there are once it is started."""
        return self._count

    def start(self) -> None:
        """Start the boxes; raises EngineError with the remedy."""
        try:
            for _ in range(self._count):
                self._free.append(self._started())
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Remove the boxes; it may be called twice."""
        self._free.clear()
        while self._all:
            self._all.pop().close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *about: object) -> None:
        self.close()

    async def run(self, run: ProcessRun) -> ProcessEnd:
        """See `Processes.run`; a caller who goes away ends the program."""
        if not self._free:
            raise SandboxBusy("no free sandbox for a program; add boxes, or send fewer at once")
        box, giving_up = self._free.pop(), GivingUp(time.monotonic)
        job = self._job(run)
        work = asyncio.ensure_future(asyncio.to_thread(self._run_in, box, job, giving_up))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            giving_up.cancel(job.block_id)
            raise

    def _run_in(self, box: Box, job: Job, giving_up: GivingUp) -> ProcessEnd:
        found: list[Ended] = []
        begun = time.monotonic()

        def take(ended: Ended) -> bool:
            found.append(ended)
            return True

        try:
            run_job(box.channel(), job, take, giving_up=giving_up)
        except SandboxLost:
            self._all.discard(box)
            box.close()
            box = self._started()
            raise
        finally:
            self._free.append(box)
        return end_of(found[0], time.monotonic() - begun)

    def _job(self, run: ProcessRun) -> Job:
        box = self._config
        cpu_s = min(run.run_timeout_s, self._most_s)
        limits = Limits(cpu_s, max(box.wall_s, cpu_s), box.memory_mb, box.output_kb, box.processes, box.files_mb)
        stdin = run.stdin.encode("utf-8", "surrogatepass")
        code, given = with_files(run.code, tuple(run.files)), tuple(run.files.values())
        return Job(uuid.uuid4().hex, (code,), (Files(stdin, given),), replace(limits, borderline=0), nonzero=True, details=True)

    def _started(self) -> Box:
        box = self._make(self._config)
        box.start()
        self._all.add(box)
        return box


def end_of(ended: Ended, wall_s: float) -> ProcessEnd:
    """Return how a process ended, in the words of `/run_code`."""
    stdout = (ended.output or b"").decode("utf-8", "replace")
    if ended.outcome is Outcome.TIMEOUT:
        return ProcessEnd(stdout, "", None, wall_s, timed_out=True, message=ended.detail)
    if ended.outcome is Outcome.PASSED:
        return ProcessEnd(stdout, ended.detail, 0, wall_s)
    message = "" if ended.outcome in (Outcome.ERROR, Outcome.EXIT_STATUS) else ended.detail
    return ProcessEnd(stdout, ended.detail, _code(ended), wall_s, message=message)


def _code(ended: Ended) -> int:
    if match := _STATUS.match(ended.detail):
        return int(match[1])
    if match := _SIGNAL.match(ended.detail):
        return 128 + int(match[1])
    return ERROR_STATUS if ended.outcome is Outcome.ERROR else KILLED
