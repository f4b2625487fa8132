"""Watch untrusted work in confined forks from outside, and tell what became of each of its tests.

A session is one fork that reports on one test after the other. CPU seconds of the whole process tree are the limit of a test, read
from outside so that a loop inside one C call ends too. The wall limit is a backstop for sleepers. Nothing here depends on a child's
good will.
"""

import contextlib
import enum
import os
import select
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from .box import Box, BoxFault
from .forks import MEMORY_EXIT, Companion, Family, Work
from .limits import PairLimits
from .reports import Report, Reports

__all__ = ["MEMORY_EXIT", "Companion", "End", "Ended", "Guard", "Session", "Work", "flush_output"]

CHECK_S = 0.1
"""Longest pause between two looks at the CPU clock; threads burn it faster than the wall clock runs."""
MIN_WAIT_S = 0.004
CLOCK_SLACK_S = 0.1
"""How far a child's own CPU clock may seem ahead of the watcher's, which reads some processes in ticks."""
CLOCK_STEP_S = 1e-6
"""What a test that ran has used at least; a coarse clock may not have moved on."""
CHUNK = 1 << 16


class End(enum.Enum):
    """Why a child is no more."""

    EXITED = enum.auto()
    CPU = enum.auto()
    WALL = enum.auto()
    OUTPUT = enum.auto()


@dataclass(frozen=True, slots=True)
class Ended:
    """All that is known about one test.

    `status` is the child's as from waitpid, `cpu_s` what the tree used since the report before, `report` what the child said of
    this test, `genuine` whether nothing else came through the verdict pipe. A companion's status is None where there was none.
    `limits` are those it ran under.
    """

    end: End
    status: int
    cpu_s: float
    genuine: bool
    report: Report | None
    companion_status: int | None
    limits: PairLimits


@dataclass(frozen=True, slots=True)
class Session:
    """What became of a session: `settled` tests in order, and `broken`, the one at which it ended too early, else None."""

    settled: tuple[Ended, ...]
    broken: Ended | None


class Guard:
    """Runs work under one block's limits; calls `tick` now and then while something runs."""

    def __init__(self, box: Box, limits: PairLimits, baseline: int, tick: Callable[[], None] = lambda: None) -> None:
        self._box = box
        self.limits = limits
        self._baseline = baseline
        self._tick = tick

    def run(
        self,
        work: Work,
        serial: int,
        *,
        cpu_s: float | None = None,
        companion: Companion | None = None,
        keep: tuple[int, ...] = (),
    ) -> Ended:
        """Run one test in processes of its own; see `session`."""
        session = self.session(work, serial, 1, cpu_s=cpu_s, companion=companion, keep=keep)
        return session.broken or session.settled[0]

    def session(
        self,
        work: Work,
        serial: int,
        tests: int,
        *,
        cpu_s: float | None = None,
        companion: Companion | None = None,
        keep: tuple[int, ...] = (),
    ) -> Session:
        """Fork, watch, kill, reap, wipe; `work` is to send `tests` reports, each within `cpu_s` and the wall limit.

        The reporting child finds the descriptors `keep` at KEPT_FD and up.

        Output is counted for the session as a whole: a long one over the limit ends at the first test that is not known to be
        within it. Raises BoxFault when the box does not hold.
        """
        limits = self.limits if cpu_s is None else replace(self.limits, cpu_s=cpu_s)
        backstop = replace(limits, cpu_s=limits.cpu_s * tests)
        family = Family(self._box, backstop, self._baseline, serial, companion, keep)
        watch = _Watch(family, limits, tests, self._tick)
        try:
            family.start(work, watch.nonce, long=tests > 1)
            watch.wait()
            total_s = family.remove()
            watch.collect()
        except BaseException:
            family.remove()
            raise
        family.clear()
        return watch.judge(total_s)


class _Watch:
    """Looks at one family until it ends or meets a limit."""

    def __init__(self, family: Family, limits: PairLimits, tests: int, tick: Callable[[], None]) -> None:
        self.nonce = os.urandom(16)
        self._family = family
        self._limits = limits
        self._tests = tests
        self._tick = tick
        self._reports = Reports(self.nonce, tests)
        self._most = limits.output_kb * 1024
        self._produced = 0
        self._settled = 0
        self._end = End.EXITED

    def wait(self) -> None:
        """Wait for the end of the reporting child or for a limit."""
        pidfd = os.pidfd_open(self._family.pid)
        poller = select.poll()
        poller.register(pidfd, select.POLLIN)
        poller.register(self._family.output, select.POLLIN)
        limits, seen, now = self._limits, 0, time.monotonic()
        deadline, next_check = now + limits.wall_s, now + min(limits.cpu_s, CHECK_S)
        try:
            while self._end is End.EXITED and not self._reports.broken:
                ready = {fd for fd, _ in poller.poll(max(0.0, next_check - now) * 1000)}
                if pidfd in ready:
                    return
                if self.collect() and self._family.output in ready:
                    poller.unregister(self._family.output)
                now = time.monotonic()
                if len(self._reports.taken) > seen:
                    seen, deadline = len(self._reports.taken), now + limits.wall_s
                if self._end is End.EXITED and now >= deadline:
                    self._end = End.WALL
                elif self._end is End.EXITED and now >= next_check:
                    next_check = now + self._look(deadline - now)
        finally:
            os.close(pidfd)

    def _look(self, left_wall_s: float) -> float:
        """Compare the CPU seconds of the current test with its limit; return how long not to look again."""
        self._tick()
        used = self._family.cpu_s() - self._reports.clock_s
        if used < -CLOCK_SLACK_S:  # a forged clock would buy time
            self._reports.distrust()
        if used > self._limits.cpu_s:
            self._end = End.CPU
        return max(MIN_WAIT_S, min(self._limits.cpu_s - used, CHECK_S, left_wall_s))

    def collect(self) -> bool:
        """Read reports first, then output, so that no report counts before the output that precedes it; whether that ended."""
        while not self._reports.broken and (data := _read(self._family.report)):
            self._reports.feed(data)
        while (chunk := _read(self._family.output)) and self._produced <= self._most:
            self._produced += len(chunk)
        if self._produced <= self._most:
            self._settled = len(self._reports.taken)
        elif self._end is End.EXITED:
            self._end = End.OUTPUT
        return chunk == b""

    def judge(self, total_s: float) -> Session:
        """Split the session into its tests."""
        status = self._family.statuses[self._family.pid]
        companion = self._family.statuses.get(self._family.companion_pid)
        reports = self._reports
        if self._end is End.EXITED and reports.genuine and not reports.entered and not os.WIFSIGNALED(status):
            raise BoxFault(f"a child could not enter the box (status {status})")
        whole = self._end is End.EXITED and reports.genuine and self._settled == self._tests
        settled: list[Ended] = []
        before_s = 0.0
        for report in reports.taken[: self._tests if whole else min(self._settled, self._tests - 1)]:
            cpu_s = total_s if self._tests == 1 else max(CLOCK_STEP_S, report.clock_s - before_s)
            end = End.CPU if cpu_s > self._limits.cpu_s else End.EXITED
            settled.append(Ended(end, status, cpu_s, True, report, companion, self._limits))
            before_s = report.clock_s
        if whole:
            return Session(tuple(settled), None)
        said = reports.taken[len(settled)] if len(reports.taken) > len(settled) else None
        cpu_s = max(0.0, total_s - before_s)
        end = End.CPU if self._end is End.EXITED and cpu_s > self._limits.cpu_s else self._end
        return Session(tuple(settled), Ended(end, status, cpu_s, reports.genuine, said, companion, self._limits))


def _read(fd: int) -> bytes | None:
    """Read what is there; None when nothing is, empty when nothing will be."""
    try:
        return os.read(fd, CHUNK)
    except BlockingIOError:
        return None


def flush_output() -> None:
    """Push buffered text of the interpreter's own streams into the pipe, so that it counts."""
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None:
            with contextlib.suppress(OSError, ValueError):  # the candidate closed it
                stream.flush()
