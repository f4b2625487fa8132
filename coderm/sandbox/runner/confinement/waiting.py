"""Whether nothing can wake a pair any more before its wall limit: every thread of all of its processes waits for another of them.

A wait ends by another thread of the pair, by a time limit, by a timer, or by something from outside. Nothing comes from outside: no
other process holds an end of its pipes and sockets, or may signal it. So where every thread is blocked at one moment, without a
timer and for longer than the wall limit, it stays so until that limit, and the outcome is known.

One moment: the threads are read twice, and none has been scheduled between. What cannot be read counts as awake, so this says too
little rather than too much.
"""

import contextlib
import ctypes
import os
import resource
import signal
from collections.abc import Iterator
from typing import Any

from .process_tree import descendants
from .system_calls import Call, read_call, wakes_in

PR_SET_DUMPABLE = 4
RLIMIT_LOCKS = 10
"""A limit that the kernel has no use for: processes keep it over fork and exec, and everybody may read it."""
TIMER_MARK = b"Max file locks            1 "
FIRST_LOOK_S = 0.003
"""Longer than most pairs take, which are never looked at."""
FIRST_PAUSE_S = 0.002
LONGER = 1.25
"""How much longer each pause is than the one before: nobody else uses the executor while a pair waits to be looked at."""
LONGEST_PAUSE_S = 0.1
MAX_THREADS = 64
"""Most threads of a pair that are looked at."""
QUIET_FILES = ("/", "pipe:", "anon_inode:[eventpoll]", "anon_inode:[eventfd]", "anon_inode:[pidfd]")
"""Descriptors that make nothing happen by themselves, by the beginning of their names."""
CONTENT = 1 << 16
"""Bytes of the longest file that is read of a process."""
SWITCHES = b"\nvoluntary_ctxt_switches:"
"""What the last two lines of a thread's status begin with: how often it has been scheduled."""
_prctl = ctypes.CDLL(None).prctl
_prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # a fork that makes the first call of its library pays for it

Thread = tuple[int, int]
"""Numbers of a process and of one of its threads."""


def show() -> None:
    """Let the watcher see what the calling process waits for; others of its uid may then, too."""
    _prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)


def mark_timers() -> None:
    """Have every process tell that sets a timer of wall time: it shows nowhere by itself."""
    alarm, setitimer = signal.alarm, signal.setitimer

    def marked_alarm(seconds: int, /) -> int:
        resource.setrlimit(RLIMIT_LOCKS, (1, 1))
        return alarm(seconds)

    def marked_setitimer(which: int, seconds: float, interval: float = 0.0, /) -> Any:
        if which == signal.ITIMER_REAL:
            resource.setrlimit(RLIMIT_LOCKS, (1, 1))
        return setitimer(which, seconds, interval)

    signal.alarm, signal.setitimer = marked_alarm, marked_setitimer


class Looks:
    """When to look at a pair again: soon, and ever more seldom while it goes on."""

    def __init__(self, pids: tuple[int, ...], now: float) -> None:
        self._pids = pids
        self.begin(now)

    def begin(self, now: float) -> None:
        """Begin anew, with a test that has just begun."""
        self._pause, self.next = FIRST_PAUSE_S, now + FIRST_LOOK_S

    def stuck(self, now: float, deadline: float) -> bool:
        """Whether it is time for a look, and nothing wakes the pair before the deadline."""
        if now < self.next:
            return False
        self.next = now + self._pause
        self._pause = min(LONGER * self._pause, LONGEST_PAUSE_S)
        return all(_state(pid) == b"S" for pid in self._pids) and nothing_wakes(os.getpid(), deadline - now)


def nothing_wakes(root: int, seconds: float) -> bool:
    """Whether everything below `root` waits, and none of it can wake within so many seconds."""
    pids = _living(root)
    first = _threads(pids)
    if not first or len(first) > MAX_THREADS:
        return False
    if not all(_stays(pid, [one for one in first if one[0] == pid], seconds) for pid in pids):
        return False
    return _living(root) == pids and _threads(pids) == first


def _living(root: int) -> list[int]:
    """Return the processes below `root` that have not ended."""
    try:
        found, fresh = set[int](), {root}
        while fresh:
            fresh = {child for pid in fresh for child in _children(pid)} - found
            found |= fresh
    except OSError:  # the kernel does not list children, or one of them has just ended
        found = set(descendants(root))
    return sorted(pid for pid in found if not _ended(pid))


def _children(pid: int) -> list[int]:
    tasks = f"/proc/{pid}/task"
    return [int(child) for name in os.listdir(tasks) for child in _content(f"{tasks}/{name}/children").split()]


def _threads(pids: list[int]) -> dict[Thread, bytes]:
    """Return how often each thread has been scheduled; nothing where one of them cannot be asked."""
    found: dict[Thread, bytes] = {}
    try:
        for pid in pids:
            for name in os.listdir(f"/proc/{pid}/task"):
                found[pid, int(name)] = _content(f"/proc/{pid}/task/{name}/status").rpartition(SWITCHES)[2]
    except OSError:
        return {}
    return found


def _stays(pid: int, threads: list[Thread], seconds: float) -> bool:
    """Whether a process has no timer, nothing that could wake it, and no thread that wakes soon."""
    with _as_owner(pid):
        try:
            timers = _content(f"/proc/{pid}/timers") or TIMER_MARK in _content(f"/proc/{pid}/limits")
            names = [os.readlink(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd")]
        except OSError:
            return False
        loud = {name for name in names if not name.startswith(QUIET_FILES)}
        if timers or (loud and not loud <= _unix_sockets()):
            return False
        calls: list[Call | None] = [read_call(*thread) for thread in threads]
        return all(call is not None and wakes_in(pid, call) > seconds for call in calls)


def _content(path: str) -> bytes:
    """Return a file of the kernel's, which comes whole and fits; without the buffers of a Python file."""
    fd = os.open(path, os.O_RDONLY)
    try:
        return os.read(fd, CONTENT)
    finally:
        os.close(fd)


def _unix_sockets() -> set[str]:
    """Return names of the sockets that have no timers of their own, as those of TCP have."""
    with open("/proc/net/unix", encoding="ascii", errors="replace") as file:
        return {f"socket:[{line.split()[6]}]" for line in list(file)[1:]}


def _ended(pid: int) -> bool:
    """Whether no thread of a process is left; its main thread may end before others."""
    try:
        return _state(pid) in (b"", b"Z", b"X") and len(os.listdir(f"/proc/{pid}/task")) == 1
    except OSError:
        return True


def _state(pid: int) -> bytes:
    """Return the letter for what the main thread of a process does; empty where there is no such process."""
    try:
        return _content(f"/proc/{pid}/stat").rpartition(b") ")[2][:1]
    except OSError:
        return b""


@contextlib.contextmanager
def _as_owner(pid: int) -> Iterator[None]:
    """Look at a process as its own user may; only root becomes another user, and only for this."""
    own = os.geteuid(), os.getegid()
    try:
        owner = os.stat(f"/proc/{pid}")
    except OSError:
        yield
        return
    if own[0] != 0 or owner.st_uid == 0:
        yield
        return
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(own[0])
        os.setegid(own[1])
