"""The processes of one session: fork them with nothing but what they need, and remove them with all they made.

The first child reports on a pipe. A companion, if there is one, is forked before it, has a uid of its own, no verdict pipe, and one
end of a socket whose other end the first child holds.
"""

import contextlib
import fcntl
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from .box import Box, BoxFault
from .limits import PairLimits
from .process_tree import cpu_clock, descendants, reap_ended
from .reports import Reporter

MEMORY_EXIT = 219
"""Exit status of a child without enough memory left to report."""
GONE_EXIT = 220
"""Exit status of a child whose companion has gone; what became of that decides."""
SETTLE_S = 20.0
"""Longest wait for killed processes to be gone."""
REPORT_FD = 3
"""The verdict pipe in a child that reports."""
LINK_FD = 4
"""The socket between a child and its companion, in both."""
KEPT_FD = 5
"""First of the descriptors that a reporting child keeps."""
CLOSE_UP_TO = 256
"""The server holds a dozen descriptors; everything up to here is closed in a child."""
REPORT_PIPE = 1 << 20
"""Bytes of reports a session may be ahead of its watcher; a pipe's default holds thirty of the longest."""

Work = Callable[[Reporter], None]


@dataclass(frozen=True, slots=True)
class Companion:
    """A second child: runs `work` with a socket to the first on LINK_FD, under a serial (and so a uid) of its own."""

    work: Callable[[], None]
    serial: int
    keep: tuple[int, ...] = ()
    """Descriptors it finds at KEPT_FD and up."""


class Family:
    """A child that reports and perhaps its companion. `report` and `output` are the watcher's ends of their pipes."""

    def __init__(
        self, box: Box, limits: PairLimits, baseline: int, serial: int, companion: Companion | None, keep: tuple[int, ...] = ()
    ) -> None:
        self._box = box
        self._keep = keep
        self._limits = limits
        self._baseline = baseline
        self._serial = serial
        self._companion = companion
        self._entry = -1
        self.pid = self.companion_pid = 0
        self.statuses: dict[int, int] = {}
        """Statuses as from waitpid, once removed."""

    def start(self, work: Work, nonce: bytes, *, long: bool) -> None:
        """Fork; a long session gets a longer pipe for its reports."""
        self.report, report = os.pipe()
        self.output, output = os.pipe()
        os.set_blocking(self.report, False)
        os.set_blocking(self.output, False)
        if long:
            with contextlib.suppress(OSError):  # the default is slower, not wrong
                fcntl.fcntl(self.report, fcntl.F_SETPIPE_SZ, REPORT_PIPE)
        link = self._start_companion(self._companion, output) if self._companion else -1
        self.pid = os.fork()
        if self.pid == 0:
            self._child(lambda: self._reporting(work, nonce), self._serial, (output, report, link, *self._keep))
        for fd in (report, output, link):
            if fd >= 0:
                os.close(fd)

    def _start_companion(self, companion: Companion, output: int) -> int:
        """Fork the companion; return the other end of its socket."""
        first, second = (end.detach() for end in socket.socketpair())
        self._entry, entry = os.pipe()
        self.companion_pid = os.fork()
        if self.companion_pid == 0:
            self._child(lambda: _accompanying(companion), companion.serial, (output, entry, second, *companion.keep))
        os.close(entry)
        os.close(second)
        return first

    def _child(self, go: Callable[[], None], serial: int, fds: tuple[int, ...]) -> NoReturn:
        try:
            _plumb(*fds)
            self._box.enter(self._limits, self._baseline, serial)
            go()
        except MemoryError:
            os._exit(MEMORY_EXIT)
        except BaseException:  # noqa: BLE001 - the end of a fork: nothing may return into the server's code
            os._exit(1)
        finally:
            os._exit(0)

    def _reporting(self, work: Work, nonce: bytes) -> None:
        reporter = Reporter(REPORT_FD, nonce, self.companion_pid)
        reporter.entered()
        work(reporter)

    def cpu_s(self) -> float:
        """Return the CPU seconds that the whole tree has used so far."""
        tree = descendants(os.getpid())
        clocks = [max(cpu_clock(pid), tree.pop(pid, 0.0)) for pid in (self.pid, self.companion_pid) if pid]
        return sum(clocks) + sum(tree.values())

    def remove(self) -> float:
        """Kill and reap the whole tree; return its CPU seconds. BoxFault when something survives. Safe to call twice.

        A child that was reaped is let be: its pid may be somebody else's by now.
        """
        seconds = 0.0
        for pid in (self.pid, self.companion_pid):
            if pid and pid not in self.statuses:
                os.kill(pid, signal.SIGKILL)  # no effect on one that has ended; not reaped yet, so the pid is still its own
                _, self.statuses[pid], usage = os.wait4(pid, 0)
                seconds += usage.ru_utime + usage.ru_stime
        give_up = time.monotonic() + SETTLE_S
        while True:
            none_left, used = reap_ended()
            seconds += used
            if none_left:
                return seconds
            if time.monotonic() > give_up:
                raise BoxFault("processes survive SIGKILL")
            for serial in self._serials():
                self._box.kill_rest(serial)
            time.sleep(0.001)

    def clear(self) -> None:
        """Close the pipes and wipe what the family wrote. BoxFault when the companion had not entered the box."""
        entered = self._entry < 0 or os.WIFSIGNALED(self.statuses[self.companion_pid]) or os.read(self._entry, 1) == b"e"
        for fd in (self.report, self.output, self._entry):
            if fd >= 0:
                os.close(fd)
        self._box.wipe(*self._serials())
        if not entered:
            raise BoxFault("a companion could not enter the box")

    def _serials(self) -> list[int]:
        return [self._serial] + ([self._companion.serial] if self._companion else [])


def _accompanying(companion: Companion) -> None:
    os.write(REPORT_FD, b"e")
    os.close(REPORT_FD)
    companion.work()


def _plumb(output: int, report: int, link: int, *keep: int) -> None:
    """Give the child its own session, output, a pipe to the watcher, perhaps a link, what it is to keep, and nothing else."""
    os.setsid()
    os.dup2(output, 1)
    os.dup2(output, 2)
    # The server's descriptors begin at 3 as well: move all out of the way before one takes its place.
    places = dict(enumerate(keep, KEPT_FD)) | {REPORT_FD: report} | ({LINK_FD: link} if link >= 0 else {})
    moved = {place: fcntl.fcntl(fd, fcntl.F_DUPFD, KEPT_FD + len(keep)) for place, fd in places.items()}
    for place, fd in moved.items():
        os.dup2(fd, place, inheritable=False)
    if link < 0:
        os.closerange(LINK_FD, KEPT_FD)
    os.closerange(KEPT_FD + len(keep), CLOSE_UP_TO)
