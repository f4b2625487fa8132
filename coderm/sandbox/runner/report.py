"""The proof a child sends: a nonce when it is confined, then one frame with the nonce, counts and a bounded text.

Both writes are shorter than PIPE_BUF and therefore atomic. Whatever else arrives on the pipe is tampering.
"""

import os
import struct
from dataclasses import dataclass

NONCE_BYTES = 16
DETAIL_BYTES = 2000
"""Longest detail; keeps a frame below PIPE_BUF (4096)."""
COUNTS = struct.Struct(">BIIIH")


@dataclass(frozen=True, slots=True)
class Report:
    """What a child says: an outcome code, cases planned, started and succeeded, and a text."""

    outcome: int
    planned: int = 0
    started: int = 0
    succeeded: int = 0
    detail: str = ""


class Reporter:
    """The child's end. Only the process that made it can send: a fork of the candidate cannot speak for it."""

    def __init__(self, fd: int, nonce: bytes) -> None:
        self._fd = fd
        self._nonce = nonce
        self._pid = os.getpid()
        self._write, self._getpid = os.write, os.getpid

    def entered(self) -> None:
        """Say that the limits hold."""
        self._write(self._fd, self._nonce)

    def send(self, report: Report) -> None:
        """Send the verdict."""
        if self._getpid() != self._pid:
            return
        detail = report.detail.encode("utf-8", "backslashreplace")[:DETAIL_BYTES]
        counts = COUNTS.pack(report.outcome, report.planned, report.started, report.succeeded, len(detail))
        self._write(self._fd, self._nonce + counts + detail)


def parse_report(data: bytes, nonce: bytes) -> tuple[bool, bool, Report | None]:
    """Split what came through the pipe; return (entered, genuine, report)."""
    if data[:NONCE_BYTES] != nonce:
        return False, not data, None
    rest = data[NONCE_BYTES:]
    if not rest:
        return True, True, None
    frame = rest[NONCE_BYTES:]
    if rest[:NONCE_BYTES] != nonce or len(frame) < COUNTS.size:
        return True, False, None
    outcome, planned, started, succeeded, length = COUNTS.unpack_from(frame)
    detail = frame[COUNTS.size :]
    if len(detail) != length:
        return True, False, None
    return True, True, Report(outcome, planned, started, succeeded, detail.decode("utf-8", "replace"))
