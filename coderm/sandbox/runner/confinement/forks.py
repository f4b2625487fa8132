"""The processes of one session: fork them with the descriptors they need and no others, and remove all of them.

The first child reports on a pipe. The second process is optional and forked before it: it has its own uid, no verdict pipe, and one
end of a socket to the first. Files that either makes belong to the second.
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

from . import fork_hooks
from .box import Box, BoxFault
from .limits import MB, PairLimits, address_space
from .process_tree import cpu_clock, descendants, reap_ended
from .reports import Reporter
from .waiting import show

MEMORY_EXIT = 219
"""Exit status of a child without enough memory left to report."""
GONE_EXIT = 220
"""Exit status of a child whose second process has ended; the status of the second decides."""
FRESH_EXIT = 222
"""Exit status of a child that has reported, and whose next test needs fresh processes."""
NEARLY_MB = 4
"""How near to its memory a process is full: the interpreter maps a fraction of that at once."""
REAP_TIMEOUT_S = 20.0
"""Longest wait for killed processes to be gone."""
REPORT_FD = 3
"""The verdict pipe in a child that reports."""
LINK_FD = 4
"""The socket between the two processes, in both."""
KEPT_FD = 5
"""First of the descriptors that a reporting child keeps."""
CLOSE_UP_TO = 256
"""The server holds a dozen descriptors; everything up to here is closed in a child."""
REPORT_PIPE = 1 << 20
"""Bytes of reports a session may be ahead of its watcher; a pipe's default holds thirty of the longest."""

Work = Callable[[Reporter], None]


@dataclass(frozen=True, slots=True)
class SecondProcess:
    """A second process: runs `work` with a socket to the first on LINK_FD, under its own serial and so its own uid."""

    work: Callable[[], None]
    serial: int
    keep: tuple[int, ...] = ()
    """Descriptors it finds at KEPT_FD and up."""


class ForkedPair:
    """A child that reports, with an optional second process. `report` and `output` are the watcher's ends of their pipes."""

    def __init__(
        self, box: Box, limits: PairLimits, baseline: int, serial: int, second: SecondProcess | None, keep: tuple[int, ...] = ()
    ) -> None:
        self._box = box
        self._keep = keep
        self._limits = limits
        self._baseline = baseline
        self._serial = serial
        self._second = second
        self._second_entered = -1
        self.pid = self.second_pid = 0
        self.statuses: dict[int, int] = {}
        """Statuses as from waitpid, once removed."""

    def start(self, work: Work, nonce: bytes, *, long: bool) -> None:
        """Fork; a long session gets a longer pipe for its reports."""
        self.report, report = os.pipe()
        self.output, output = os.pipe() if self._limits.output_kb else _nowhere()
        os.set_blocking(self.report, False)
        os.set_blocking(self.output, False)
        if long:
            with contextlib.suppress(OSError):  # the default is slower, not wrong
                fcntl.fcntl(self.report, fcntl.F_SETPIPE_SZ, REPORT_PIPE)
        link = self._start_second(self._second, output) if self._second else -1
        self.pid = os.fork()
        if self.pid == 0:
            self._child(lambda: self._run_reporting(work, nonce), self._serial, (output, report, link, *self._keep))
        for fd in (report, output, link):
            if fd >= 0:
                os.close(fd)

    def _start_second(self, second: SecondProcess, output: int) -> int:
        """Fork the second process; return the other end of its socket."""
        ours, theirs = (end.detach() for end in socket.socketpair())
        self._second_entered, entry = os.pipe()
        self.second_pid = os.fork()
        if self.second_pid == 0:
            self._child(lambda: _run_second(second), second.serial, (output, entry, theirs, *second.keep))
        os.close(entry)
        os.close(theirs)
        return ours

    def _child(self, go: Callable[[], None], serial: int, fds: tuple[int, ...]) -> NoReturn:
        try:
            fork_hooks.release()
            _connect_descriptors(*fds)
            self._box.enter(self._limits, self._baseline, serial, self._serials()[-1])
            show()
            go()
        except MemoryError:
            os._exit(MEMORY_EXIT)
        except BaseException:  # noqa: BLE001 - the end of a fork: nothing may return into the server's code
            os._exit(1)
        finally:
            os._exit(0)

    def _run_reporting(self, work: Work, nonce: bytes) -> None:
        reporter = Reporter(REPORT_FD, nonce, self.second_pid)
        reporter.entered()
        work(reporter)

    @property
    def pids(self) -> tuple[int, ...]:
        """Its own processes, without those that they made."""
        return tuple(pid for pid in (self.pid, self.second_pid) if pid)

    def cpu_s(self) -> float:
        """Return the CPU seconds that the whole tree has used so far."""
        tree = descendants(os.getpid())
        clocks = [max(cpu_clock(pid), tree.pop(pid, 0.0)) for pid in self.pids]
        return sum(clocks) + sum(tree.values())

    def is_full(self) -> bool:
        """Whether one of its own processes can hardly map any more memory."""
        full = self._baseline + (self._limits.memory_mb - NEARLY_MB) * MB
        with contextlib.suppress(OSError, IndexError):  # one has just ended
            return any(address_space(pid) > full for pid in self.pids)
        return False

    def remove(self) -> float:
        """Kill and reap the whole tree; return its CPU seconds. BoxFault when something survives. Safe to call twice.

        A child that was reaped is not signalled again: its pid may belong to another process by now. Both end side by side.
        """
        seconds = 0.0
        left = [pid for pid in self.pids if pid not in self.statuses]
        for pid in left:
            os.kill(pid, signal.SIGKILL)  # no effect on one that has ended; not reaped yet, so the pid is still its own
        for pid in left:
            _, self.statuses[pid], usage = os.wait4(pid, 0)
            seconds += usage.ru_utime + usage.ru_stime
        give_up = time.monotonic() + REAP_TIMEOUT_S
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
        """Close the pipes and wipe the scratch directory. BoxFault when the second process had not entered the box."""
        killed = self._second_entered >= 0 and os.WIFSIGNALED(self.statuses[self.second_pid])
        entered = self._second_entered < 0 or killed or os.read(self._second_entered, 1) == b"e"
        for fd in (self.report, self.output, self._second_entered):
            if fd >= 0:
                os.close(fd)
        self._box.wipe(*self._serials())
        if not entered:
            raise BoxFault("a second process could not enter the box")

    def _serials(self) -> list[int]:
        return [self._serial] + ([self._second.serial] if self._second else [])


def _nowhere() -> tuple[int, int]:
    """Return the ends of a pipe whose output is lost: reading finds the end of the stream."""
    return os.open(os.devnull, os.O_RDONLY), os.open(os.devnull, os.O_WRONLY)


def _run_second(second: SecondProcess) -> None:
    os.write(REPORT_FD, b"e")
    os.close(REPORT_FD)
    second.work()


def _connect_descriptors(output: int, report: int, link: int, *keep: int) -> None:
    """Give the child its own session, output, a pipe to the watcher, an optional link, the kept descriptors, and no others."""
    os.setsid()
    os.dup2(output, 1)
    os.dup2(output, 2)
    # The server's descriptors begin at 3 as well: move all out of the way before one takes its place.
    places = dict(enumerate(keep, KEPT_FD)) | {REPORT_FD: report} | ({LINK_FD: link} if link >= 0 else {})
    duplicates = {place: fcntl.fcntl(fd, fcntl.F_DUPFD, KEPT_FD + len(keep)) for place, fd in places.items()}
    for place, fd in duplicates.items():
        os.dup2(fd, place, inheritable=False)
    if link < 0:
        os.closerange(LINK_FD, KEPT_FD)
    os.closerange(KEPT_FD + len(keep), CLOSE_UP_TO)
