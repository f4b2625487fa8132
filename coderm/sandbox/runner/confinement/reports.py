"""The proof a child sends: a nonce when it is confined, then per test a frame with the nonce, its number, counts and a text.

Every write is shorter than PIPE_BUF and therefore atomic. Anything else on the pipe is tampering.
"""

import os
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from .process_tree import cpu_clock

NONCE_BYTES = 16
DETAIL_BYTES = 2000
"""Longest detail; keeps a frame below PIPE_BUF (4096)."""
COUNTS = struct.Struct(">IQBIIIH")


@dataclass(frozen=True, slots=True)
class Report:
    """A child's report of one test: an outcome code, cases planned, started and succeeded, and a text.

    `clock_s` is the child's CPU clock when it sent the report (with its second process's), seconds.
    """

    outcome: int
    planned: int = 0
    started: int = 0
    succeeded: int = 0
    detail: str = ""
    clock_s: float = 0.0


class Reporter:
    """The child's end. Only the process that made it can send: a fork of the candidate cannot speak for it."""

    def __init__(self, fd: int, nonce: bytes, second: int = 0) -> None:
        self._fd = fd
        self._nonce = nonce
        self._pid = os.getpid()
        self._number = 0
        self._write, self._getpid = os.write, os.getpid
        self._clock = _clock(second)

    def entered(self) -> None:
        """Say that the limits hold."""
        self._write(self._fd, self._nonce)

    def send(self, report: Report) -> None:
        """Send the verdict of the next test."""
        if self._getpid() != self._pid:
            return
        detail = report.detail.encode("utf-8", "backslashreplace")[:DETAIL_BYTES] if report.detail else b""
        counts = COUNTS.pack(
            self._number, self._clock(), report.outcome, report.planned, report.started, report.succeeded, len(detail)
        )
        self._number += 1
        self._write(self._fd, self._nonce + counts + detail)


class Reports:
    """The watcher's end: turns bytes, however they arrive, into reports, and accepts nothing after a wrong one."""

    def __init__(self, nonce: bytes, tests: int) -> None:
        self._nonce = nonce
        self._tests = tests
        self._rest = b""
        self._broken = False
        self.entered = False
        self.accepted: list[Report] = []

    @property
    def broken(self) -> bool:
        """Whether anything but frames in order has come."""
        return self._broken

    @property
    def genuine(self) -> bool:
        """Whether nothing but whole frames in order has come; asked when the child has ended."""
        return not self._broken and not self._rest

    @property
    def clock_s(self) -> float:
        """Return the child's CPU clock at its last report, seconds."""
        return self.accepted[-1].clock_s if self.accepted else 0.0

    def distrust(self) -> None:
        """Drop the last report and accept none after it."""
        self._broken = True
        del self.accepted[-1:]

    def feed(self, data: bytes) -> None:
        """Process bytes that came through the pipe."""
        if self._broken:
            return
        rest = self._rest + data
        if not self.entered and len(rest) >= NONCE_BYTES:
            self.entered = rest.startswith(self._nonce)
            self._broken = not self.entered
            rest = rest[NONCE_BYTES:]
        while not self._broken and len(rest) >= NONCE_BYTES + COUNTS.size:
            number, clock, outcome, planned, started, succeeded, length = COUNTS.unpack_from(rest, NONCE_BYTES)
            end, clock_s, expected = NONCE_BYTES + COUNTS.size + length, clock / 1e9, len(self.accepted)
            if not rest.startswith(self._nonce) or number != expected or expected == self._tests or clock_s < self.clock_s:
                self._broken = True
            elif len(rest) < end:
                break
            else:
                detail = rest[end - length : end].decode("utf-8", "replace")
                self.accepted.append(Report(outcome, planned, started, succeeded, detail, clock_s))
                rest = rest[end:]
        self._rest = rest


def _clock(second: int) -> Callable[[], int]:
    """Return a clock of the calling process and its second process, CPU nanoseconds; it never runs backwards."""
    own = time.process_time_ns
    if not second:
        return own
    highest = 0.0

    def both() -> int:
        nonlocal highest
        highest = max(highest, cpu_clock(second))
        return own() + int(highest * 1e9)

    return both
