"""Watch untrusted work in confined forks from outside, and return the result of each of its tests.

A session is one fork that reports on one test after the other. CPU seconds of the whole process tree are the limit of a test, read
from outside so that a loop inside one C call ends too. The wall limit is a backstop for sleepers; what nothing can wake before it
ends at once (`waiting`). Nothing here trusts a child.
"""

import enum
import os
import select
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from .box import Box, BoxFault
from .forks import MEMORY_EXIT, ForkedPair, SecondProcess, Work
from .limits import PairLimits
from .reports import Report, Reports
from .waiting import Looks

__all__ = ["MEMORY_EXIT", "End", "ForkResult", "Interrupted", "SecondProcess", "Session", "Watcher", "Work", "flush_output"]

CHECK_S = 0.1
"""Longest pause between two readings of the CPU clock; threads burn it faster than the wall clock runs."""
MIN_WAIT_S = 0.004
CLOCK_SLACK_S = 0.1
"""How far a child's own CPU clock may seem ahead of the watcher's, which reads some processes in ticks."""
CLOCK_STEP_S = 1e-6
"""Least CPU time of a test that ran; a coarse clock may not have advanced."""
CHUNK = 1 << 16


class End(enum.Enum):
    """Why a child ended."""

    EXITED = enum.auto()
    CPU = enum.auto()
    WALL = enum.auto()
    STUCK = enum.auto()
    """Nothing could wake it before its wall limit."""
    FULL = enum.auto()
    """A session whose process has no memory left, where the interpreter may unwind for ever; a fresh process decides."""
    OUTPUT = enum.auto()


class Interrupted(Exception):
    """The tick says that nobody waits for this any more."""


@dataclass(frozen=True, slots=True)
class ForkResult:
    """What is known about one test from outside.

    `status` is the child's, as from waitpid. `cpu_s` is what the tree used since the report before. `report` is the child's report
    of this test. `genuine` is false when anything else came through the verdict pipe. `second_status` is None without a second
    process. `limits` are those it ran under.
    """

    end: End
    status: int
    cpu_s: float
    genuine: bool
    report: Report | None
    second_status: int | None
    limits: PairLimits


@dataclass(frozen=True, slots=True)
class Session:
    """Result of a session: `results` of tests in order, and `broken`, the test at which it ended too early, else None."""

    results: tuple[ForkResult, ...]
    broken: ForkResult | None

    @property
    def first(self) -> ForkResult:
        """Return the result of the first test."""
        return self.results[0] if self.results else self.broken  # type: ignore[return-value]


class Watcher:
    """Runs work under one block's limits; calls `tick` before and every CHECK_S or so while a child runs.

    A tick that raises Interrupted ends the session, with all of its processes and files.
    """

    def __init__(self, box: Box, limits: PairLimits, baseline: int, tick: Callable[[], None] = lambda: None) -> None:
        self._box = box
        self.limits = limits
        self._baseline = baseline
        self._tick = tick

    def run(self, work: Work, serial: int, **options: Any) -> ForkResult:
        """Run one test in processes of its own; for the options see `session`."""
        return self.session(work, serial, 1, **options).first

    def session(
        self,
        work: Work,
        serial: int,
        tests: int,
        *,
        cpu_s: float | None = None,
        second: SecondProcess | None = None,
        keep: tuple[int, ...] = (),
    ) -> Session:
        """Fork, watch, kill, reap, wipe; `work` is to send `tests` reports, each within `cpu_s` and the wall limit.

        The reporting child finds the descriptors `keep` at KEPT_FD and up.

        Output is counted for the session as a whole: a long one over the limit ends at the first test that is not known to be
        within it. Raises BoxFault when the box does not hold.
        """
        self._tick()
        limits = self.limits if cpu_s is None else replace(self.limits, cpu_s=cpu_s)
        backstop = replace(limits, cpu_s=limits.cpu_s * tests)
        pair = ForkedPair(self._box, backstop, self._baseline, serial, second, keep)
        watch = _SessionWatch(pair, limits, tests, self._tick)
        try:
            pair.start(work, watch.nonce, long=tests > 1)
            watch.wait()
            total_s = pair.remove()
            watch.collect()
        except Interrupted:
            pair.remove()
            pair.clear()
            raise
        except BaseException:
            pair.remove()
            raise
        pair.clear()
        return watch.split(total_s)


class _SessionWatch:
    """Watches one session until it ends or meets a limit."""

    def __init__(self, pair: ForkedPair, limits: PairLimits, tests: int, tick: Callable[[], None]) -> None:
        self.nonce = os.urandom(16)
        self._pair = pair
        self._limits = limits
        self._tests = tests
        self._tick = tick
        self._reports = Reports(self.nonce, tests)
        self._max_output = limits.output_kb * 1024
        self._produced = 0
        self._finished = 0
        self._full = False
        self._end = End.EXITED

    def wait(self) -> None:
        """Wait for the end of the reporting child or for a limit."""
        pidfd = os.pidfd_open(self._pair.pid)
        poller = select.poll()
        poller.register(pidfd, select.POLLIN)
        poller.register(self._pair.output, select.POLLIN)
        limits, seen, now = self._limits, 0, time.monotonic()
        deadline, next_check = now + limits.wall_s, now + min(limits.cpu_s, CHECK_S)
        looks = Looks(self._pair.pids, now)
        try:
            while self._end is End.EXITED and not self._reports.broken:
                ready = {fd for fd, _ in poller.poll(max(0.0, min(next_check, looks.next) - now) * 1000)}
                if pidfd in ready:
                    return
                if self.collect() and self._pair.output in ready:
                    poller.unregister(self._pair.output)
                now = time.monotonic()
                if len(self._reports.accepted) > seen:
                    seen, deadline = len(self._reports.accepted), now + limits.wall_s
                    looks.begin(now)
                if self._end is End.EXITED and now >= deadline:
                    self._end = End.WALL
                elif self._end is End.EXITED and now >= next_check:
                    next_check = now + self._check_cpu(deadline - now)
                if self._end is End.EXITED and looks.stuck(now, deadline):
                    self._end = End.STUCK
        finally:
            os.close(pidfd)

    def _check_cpu(self, left_wall_s: float) -> float:
        """Compare the CPU seconds of the current test with its limit; return the seconds until the next check."""
        self._tick()
        used = self._pair.cpu_s() - self._reports.clock_s
        if used < -CLOCK_SLACK_S:  # a forged clock would buy time
            self._reports.distrust()
        was_full, self._full = self._full, self._tests > 1 and self._pair.is_full()
        if self._full and (was_full or used > self._limits.cpu_s):
            self._end = End.FULL
        elif used > self._limits.cpu_s:
            self._end = End.CPU
        return max(MIN_WAIT_S, min(self._limits.cpu_s - used, CHECK_S, left_wall_s))

    def collect(self) -> bool:
        """Read reports, then output, so that no report counts before the output before it; return whether the output ended."""
        while not self._reports.broken and (data := _read(self._pair.report)):
            self._reports.feed(data)
        while (chunk := _read(self._pair.output)) and self._produced <= self._max_output:
            self._produced += len(chunk)
        if self._produced <= self._max_output:
            self._finished = len(self._reports.accepted)
        elif self._end is End.EXITED:
            self._end = End.OUTPUT
        return chunk == b""

    def split(self, total_s: float) -> Session:
        """Split the session into its tests."""
        status = self._pair.statuses[self._pair.pid]
        second = self._pair.statuses.get(self._pair.second_pid)
        reports = self._reports
        if self._end is End.EXITED and reports.genuine and not reports.entered and not os.WIFSIGNALED(status):
            raise BoxFault(f"a child could not enter the box (status {status})")
        whole = self._end is End.EXITED and reports.genuine and self._finished == self._tests
        results: list[ForkResult] = []
        before_s = 0.0
        for report in reports.accepted[: self._tests if whole else min(self._finished, self._tests - 1)]:
            cpu_s = total_s if self._tests == 1 else max(CLOCK_STEP_S, report.clock_s - before_s)
            end = End.CPU if cpu_s > self._limits.cpu_s else End.EXITED
            results.append(ForkResult(end, status, cpu_s, True, report, second, self._limits))
            before_s = report.clock_s
        if whole:
            return Session(tuple(results), None)
        said = reports.accepted[len(results)] if len(reports.accepted) > len(results) else None
        cpu_s = max(0.0, total_s - before_s)
        end = End.CPU if self._end is End.EXITED and cpu_s > self._limits.cpu_s else self._end
        return Session(tuple(results), ForkResult(end, status, cpu_s, reports.genuine, said, second, self._limits))


def _read(fd: int) -> bytes | None:
    """Read without waiting; None when nothing is there yet, empty at the end of the stream."""
    try:
        return os.read(fd, CHUNK)
    except BlockingIOError:
        return None


def flush_output() -> None:
    """Push buffered text of the interpreter's own streams into the pipe, so that it counts."""
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None:
            try:  # noqa: SIM105 - the way of every call
                stream.flush()
            except (OSError, ValueError):  # the candidate closed it
                pass
