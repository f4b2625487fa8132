"""Process trees: adopt every descendant, measure it, and prove that none is left.

A block process is a subreaper: whatever a pair leaves behind, however often it forked or called setsid, becomes its child. So
"no child to wait for" proves that nothing is left.
"""

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import NoReturn

PR_SET_CHILD_SUBREAPER = 36
TICKS = os.sysconf("SC_CLK_TCK")


def become_subreaper() -> None:
    """Adopt all orphaned descendants from now on. Raises OSError where the kernel has no such thing."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def run_and_exit(work: Callable[[], int]) -> NoReturn:
    """Do all that a fork of the server is for and exit with the status it returns, or 1; the host sees a lost box and one line."""
    status = 1
    try:
        become_subreaper()
        status = work()
    except BaseException as error:  # noqa: BLE001 - the end of a fork: nothing may return into the server's code
        sys.stderr.write(f"block failed: {type(error).__name__}: {error}\n")
        sys.stderr.flush()
    finally:
        os._exit(status)


def fork_asked(work: Callable[[int, int], int]) -> tuple[int, int, int]:
    """Do work in a fork, which gets the pipes that it is asked and answers on; return its pid and the other ends of these."""
    asked, asking = os.pipe()
    answers, answering = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(asking)
        os.close(answers)
        run_and_exit(lambda: work(asked, answering))
    os.close(asked)
    os.close(answering)
    return pid, asking, answers


def cpu_clock(pid: int) -> float:
    """CPU seconds of a live process, all its threads, read from outside."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def reap_ended() -> tuple[bool, float]:
    """Collect every ended child; return (none left, their CPU seconds)."""
    seconds = 0.0
    while True:
        try:
            pid, _, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return True, seconds
        if pid == 0:
            return False, seconds
        seconds += usage.ru_utime + usage.ru_stime


def descendants(root: int) -> dict[int, float]:
    """Pids below `root` with the CPU seconds they and their reaped children used."""
    rows: dict[int, tuple[int, float]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                rows[int(name)] = _stat(name)
    found: dict[int, float] = {}
    frontier = {root}
    while frontier:
        frontier = {pid for pid, (parent, _) in rows.items() if parent in frontier and pid not in found}
        found.update((pid, rows[pid][1]) for pid in frontier)
    return found


def kill_descendants(root: int) -> None:
    """Send SIGKILL to everything below `root` that may be signalled."""
    for pid in descendants(root):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _stat(name: str) -> tuple[int, float]:
    with open(f"/proc/{name}/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    return int(fields[1]), sum(int(value) for value in fields[11:15]) / TICKS
