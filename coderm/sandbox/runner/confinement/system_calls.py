"""What a thread that is blocked in the kernel waits for, from its line in /proc: for ever, until a time, or unknown.

Only calls of the table are known. A wait with a time limit is known where the limit is a point in time. One that counts from when
the wait began is not, since nobody saw when that was.
"""

import os
import platform
import struct
import time
from dataclasses import dataclass

Call = tuple[int, ...]
"""Number and arguments of a system call."""

FOR_EVER = float("inf")
NEGATIVE = 0x80000000
"""Sign of a C int."""
ABSOLUTE = 1
FUTEX_COMMAND, FUTEX_REALTIME = 0x7F, 0x100
FUTEX_WAIT, FUTEX_WAIT_BITSET = 0, 9
TIMESPEC = struct.Struct("qq")
CLOCKS = {time.CLOCK_REALTIME, time.CLOCK_MONOTONIC}


@dataclass(frozen=True)
class _Numbers:
    """Numbers of system calls; where a call may have a time limit, with the place of that argument."""

    sleep: int
    futex: int
    unlimited: frozenset[int]
    milliseconds: dict[int, int]
    pointers: dict[int, int]


_MACHINES = {
    "x86_64": _Numbers(
        sleep=230,
        futex=202,
        unlimited=frozenset(
            (0, 45, 47, 61, 247, 73, 34, 130)
        ),  # read, recvfrom, recvmsg, wait4, waitid, flock, pause, rt_sigsuspend
        milliseconds={7: 2, 232: 3, 281: 3},  # poll, epoll_wait, epoll_pwait
        pointers={23: 4, 270: 4, 271: 2},  # select, pselect6, ppoll
    ),
    "aarch64": _Numbers(
        sleep=115,
        futex=98,
        unlimited=frozenset((63, 207, 212, 260, 95, 32, 133)),  # the same without pause, which is ppoll there
        milliseconds={22: 3},
        pointers={72: 4, 73: 2},
    ),
}
_numbers = _MACHINES.get(platform.machine())


def read_call(pid: int, thread: int) -> Call | None:
    """Return the call that a thread is blocked in; None where it runs, has ended, or may not be looked at."""
    try:
        fd = os.open(f"/proc/{pid}/task/{thread}/syscall", os.O_RDONLY)
        try:
            parts = os.read(fd, 256).split()
        finally:
            os.close(fd)
        number, *arguments = (int(part, 0) for part in parts[:7])
    except (OSError, ValueError):
        return None
    return (number, *arguments) if number >= 0 and len(arguments) == 6 else None


def wakes_in(pid: int, call: Call) -> float:
    """Return the seconds until the call ends by itself: FOR_EVER without a limit, 0 where that is unknown."""
    number, arguments = call[0], call[1:]
    if _numbers is None:
        return 0.0
    if number == _numbers.sleep:
        return _until(pid, arguments[2], arguments[0]) if arguments[1] == ABSOLUTE else 0.0
    if number == _numbers.futex:
        return _futex(pid, arguments)
    unlimited = (
        number in _numbers.unlimited
        or (number in _numbers.milliseconds and arguments[_numbers.milliseconds[number]] & NEGATIVE)
        or (number in _numbers.pointers and not arguments[_numbers.pointers[number]])
    )
    return FOR_EVER if unlimited else 0.0


def _futex(pid: int, arguments: tuple[int, ...]) -> float:
    command = arguments[1] & FUTEX_COMMAND
    if command not in (FUTEX_WAIT, FUTEX_WAIT_BITSET):
        return 0.0
    if not arguments[3]:
        return FOR_EVER
    clock = time.CLOCK_REALTIME if arguments[1] & FUTEX_REALTIME else time.CLOCK_MONOTONIC
    return _until(pid, arguments[3], clock) if command == FUTEX_WAIT_BITSET else 0.0


def _until(pid: int, address: int, clock: int) -> float:
    """Return the seconds until a point in time that lies in the memory of a process."""
    if clock not in CLOCKS:
        return 0.0
    try:
        fd = os.open(f"/proc/{pid}/mem", os.O_RDONLY)
    except OSError:
        return 0.0
    try:
        seconds, nanoseconds = TIMESPEC.unpack(os.pread(fd, TIMESPEC.size, address))
    except (OSError, struct.error, OverflowError):
        return 0.0
    finally:
        os.close(fd)
    return float(seconds - time.clock_gettime(clock) + nanoseconds / 1e9)
