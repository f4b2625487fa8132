"""Run one piece of untrusted work in a confined fork, watch it from outside, and leave nothing of it behind.

CPU seconds of the whole process tree are the limit, read from outside so that a loop inside one C call ends too. The wall
limit is a backstop for sleepers. Nothing here depends on the child's good will.
"""

import contextlib
import enum
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from .box import Box, BoxFault
from .limits import PairLimits
from .procs import cpu_clock, descendants, reap_ended
from .report import Report, Reporter, parse_report

MEMORY_EXIT = 219
"""Exit status of a child without enough memory left to report."""
CHECK_S = 0.1
"""Longest pause between two looks at the CPU clock; threads burn it faster than the wall clock runs."""
MIN_WAIT_S = 0.004
SETTLE_S = 20.0
"""Longest wait for killed processes to be gone."""
REPORT_FD = 3
CLOSE_UP_TO = 256
"""The server holds a dozen descriptors; everything up to here is closed in a child."""


class End(enum.Enum):
    """Why a child is no more."""

    EXITED = enum.auto()
    CPU = enum.auto()
    WALL = enum.auto()
    OUTPUT = enum.auto()


@dataclass(frozen=True, slots=True)
class Ended:
    """All that is known about a child: `status` as from waitpid, CPU seconds of its tree, and what it reported."""

    end: End
    status: int
    cpu_s: float
    genuine: bool
    report: Report | None


Work = Callable[[Reporter], None]


class Guard:
    """Runs work under one block's limits."""

    def __init__(self, box: Box, limits: PairLimits, baseline: int) -> None:
        self._box = box
        self._limits = limits
        self._baseline = baseline

    def run(self, work: Work, serial: int) -> Ended:
        """Fork, watch, kill, reap, wipe. Raises BoxFault when the box does not hold."""
        nonce = os.urandom(16)
        report_read, report_write = os.pipe()
        output_read, output_write = os.pipe()
        pid = os.fork()
        if pid == 0:
            self._child(work, serial, nonce, report_write, output_write)
        os.close(report_write)
        os.close(output_write)
        try:
            end, produced = self._watch(pid, output_read)
            status, cpu_s = self._remove(pid, serial)
            produced += _drain(output_read, self._limits.output_kb * 1024 + 1 - produced)
            data = os.read(report_read, 8192)
        finally:
            os.close(report_read)
            os.close(output_read)
        self._box.wipe(serial)
        return self._judge(end, status, cpu_s, produced, data, nonce)

    def _judge(self, end: End, status: int, cpu_s: float, produced: int, data: bytes, nonce: bytes) -> Ended:
        entered, genuine, report = parse_report(data, nonce)
        if end is End.EXITED and cpu_s > self._limits.cpu_s:
            end = End.CPU
        elif end is End.EXITED and produced > self._limits.output_kb * 1024:
            end = End.OUTPUT
        if end is End.EXITED and genuine and not entered and not os.WIFSIGNALED(status):
            raise BoxFault(f"a child could not enter the box (status {status})")
        return Ended(end, status, cpu_s, genuine, report)

    def _child(self, work: Work, serial: int, nonce: bytes, report: int, output: int) -> NoReturn:
        try:
            _plumb(report, output)
            reporter = Reporter(REPORT_FD, nonce)
            self._box.enter(self._limits, self._baseline, serial)
            reporter.entered()
            work(reporter)
        except MemoryError:
            os._exit(MEMORY_EXIT)
        except BaseException:  # noqa: BLE001 - the end of a fork: nothing may return into the server's code
            os._exit(1)
        finally:
            os._exit(0)

    def _watch(self, pid: int, output: int) -> tuple[End, int]:
        """Wait for the end or a limit; return why, and bytes of output read so far."""
        limits, produced = self._limits, 0
        deadline = time.monotonic() + limits.wall_s
        pidfd = os.pidfd_open(pid)
        poller = select.poll()
        poller.register(pidfd, select.POLLIN)
        poller.register(output, select.POLLIN)
        try:
            next_check = time.monotonic() + min(limits.cpu_s, CHECK_S)
            while True:
                for fd, _ in poller.poll(max(0.0, next_check - time.monotonic()) * 1000):
                    if fd == pidfd:
                        return End.EXITED, produced
                    chunk = len(os.read(output, 65_536))
                    produced += chunk
                    if produced > limits.output_kb * 1024:
                        return End.OUTPUT, produced
                    if not chunk:
                        poller.unregister(output)
                now = time.monotonic()
                if now >= deadline:
                    return End.WALL, produced
                if now >= next_check:
                    left = limits.cpu_s - _tree_cpu(pid)
                    if left < 0:
                        return End.CPU, produced
                    next_check = now + max(MIN_WAIT_S, min(left, CHECK_S, deadline - now))
        finally:
            os.close(pidfd)

    def _remove(self, pid: int, serial: int) -> tuple[int, float]:
        """Kill and reap the whole tree; return the child's status and the tree's CPU seconds."""
        os.kill(pid, signal.SIGKILL)  # no effect on one that has ended; not reaped yet, so the pid is still its own
        _, status, usage = os.wait4(pid, 0)
        seconds = usage.ru_utime + usage.ru_stime
        give_up = time.monotonic() + SETTLE_S
        while True:
            none_left, used = reap_ended()
            seconds += used
            if none_left:
                return status, seconds
            if time.monotonic() > give_up:
                raise BoxFault("processes survive SIGKILL")
            self._box.kill_rest(serial)
            time.sleep(0.001)


def _plumb(report: int, output: int) -> None:
    """Give the child its own session, output and report descriptors and nothing else."""
    os.setsid()
    os.dup2(output, 1)
    os.dup2(output, 2)
    if report == REPORT_FD:
        os.set_inheritable(report, False)
    else:
        os.dup2(report, REPORT_FD, inheritable=False)
    os.closerange(REPORT_FD + 1, CLOSE_UP_TO)


def _tree_cpu(pid: int) -> float:
    tree = descendants(os.getpid())
    own = max(cpu_clock(pid), tree.pop(pid, 0.0))
    return own + sum(tree.values())


def _drain(fd: int, most: int) -> int:
    """Count what is left in a pipe without writers, up to `most` bytes."""
    count = 0
    while count < most:
        chunk = len(os.read(fd, 65_536))
        if not chunk:
            break
        count += chunk
    return count


def flush_output() -> None:
    """Push buffered text of the interpreter's own streams into the pipe, so that it counts."""
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None:
            with contextlib.suppress(OSError, ValueError):  # the candidate closed it
                stream.flush()
