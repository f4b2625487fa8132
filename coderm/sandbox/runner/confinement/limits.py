"""The limits of one block as they arrive on the wire, and as resource limits of a process."""

import _thread
import math
import os
import resource
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

MB = 1024 * 1024
REPORT_HEADROOM = 16 * MB
"""Address space a child may add to write its verdict after it ran out."""
STACKS = 2048 * MB
"""Address space for the stacks of threads, beyond a pair's memory. What they really use, the container's limit bounds."""
THREAD_STACK = 8 * MB
"""Stack of a thread that asks for none of its own size."""
OPEN_FILES = 128
"""Descriptors per process; honest tests open a handful, pools of processes a few for each."""
STACK = 96 * MB
"""Stack where a benchmark raises the recursion limit; the kernel keeps 128 MiB of addresses free below a stack."""
CPU_GRACE_S = 2
"""Whole seconds RLIMIT_CPU allows beyond the limit that the watcher enforces; only a backstop."""


@dataclass(frozen=True, slots=True)
class PairLimits:
    """What one pair may use (fields of coderm.messages.execution.Limits)."""

    cpu_s: float
    wall_s: float
    memory_mb: int
    output_kb: int
    processes: int
    files_mb: int
    row_timeouts: int
    borderline: float
    recursion: int
    int_digits: int
    sessions: bool
    crowds: bool

    @classmethod
    def from_wire(cls, data: dict[str, Any]) -> "PairLimits":
        """Read a frame's limits; KeyError or ValueError when one is missing or no number."""
        return cls(*(each.type(data[each.name]) for each in fields(cls)))  # type: ignore[operator]


def address_space(process: int | str = "self") -> int:
    """Bytes that a process has mapped; forks of this one start from here. Raises OSError."""
    fd = os.open(f"/proc/{process}/statm", os.O_RDONLY)
    try:
        return int(os.read(fd, 256).split()[0]) * resource.getpagesize()
    finally:
        os.close(fd)


def apply_limits(limits: PairLimits, baseline: int, *, count_processes: bool) -> None:
    """Set the calling process's resource limits; memory counts from `baseline`, the warm interpreter's own size."""
    cpu = math.ceil(limits.cpu_s) + CPU_GRACE_S
    memory = baseline + limits.memory_mb * MB
    size = limits.files_mb * MB
    _lower(resource.RLIMIT_CPU, cpu, cpu + 1)
    _lower(resource.RLIMIT_AS, memory, memory + STACKS + REPORT_HEADROOM)
    _lower(resource.RLIMIT_FSIZE, size, size)
    _lower(resource.RLIMIT_NOFILE, OPEN_FILES, OPEN_FILES)
    _lower(resource.RLIMIT_CORE, 0, 0)
    if limits.recursion:
        sys.setrecursionlimit(limits.recursion)
        hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
        resource.setrlimit(resource.RLIMIT_STACK, (STACK if hard == resource.RLIM_INFINITY else min(STACK, hard), hard))
    if limits.int_digits:
        sys.set_int_max_str_digits(limits.int_digits)
    if count_processes:
        _lower(resource.RLIMIT_NPROC, limits.processes, limits.processes)


def leave_room_for_stacks() -> None:
    """Let every thread that starts from now on add its stack to the address space allowed, up to STACKS together."""
    for name in ("start_new_thread", "start_joinable_thread"):
        if start := getattr(_thread, name, None):
            wrapped = _with_stack(start)
            setattr(_thread, name, wrapped)
            setattr(threading, f"_{name}", wrapped)


def _with_stack(start: Callable[..., Any]) -> Callable[..., Any]:
    def start_with_stack(*args: Any, **kwargs: Any) -> Any:
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        if soft != resource.RLIM_INFINITY:
            size = threading.stack_size()
            threading.stack_size(size)  # asking for the size set it to the default
            room = min(soft + (size or THREAD_STACK), hard - REPORT_HEADROOM)
            resource.setrlimit(resource.RLIMIT_AS, (max(soft, room), hard))
        return start(*args, **kwargs)

    return start_with_stack


_RESERVE = [bytes(1 << 21)]
"""Address space given back first, since raising the limit takes some, too; one block of its own, so that all of it comes free."""


def allow_report() -> None:
    """Let a process that ran out of memory use the headroom for its verdict."""
    _RESERVE.clear()
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _lower(kind: int, soft: int, hard: int) -> None:
    ceiling = resource.getrlimit(kind)[1]
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    resource.setrlimit(kind, (soft, hard))
