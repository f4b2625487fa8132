"""Memory of the box, as its control group counts it: processes and files in memory, without the kernel's caches.

Read without Python's files and patterns: in a fork each of those costs pages.
"""

import os
import resource

STAT_FILES = ("/sys/fs/cgroup/memory.stat", "/sys/fs/cgroup/memory/memory.stat")
"""Where cgroup v2 and v1 count."""
COUNTED = ({b"anon", b"shmem"}, {b"total_rss", b"total_shmem"})
OOM_FILES = ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control")
"""Where they count processes killed for memory."""
CONTENT = 1 << 16
"""Bytes of the longest such file."""
LARGEST_GROWTH = 32 << 20
"""Bytes that a session may come to use before it ends."""


def memory_mb() -> float:
    """Return MiB in use by the box; 0 where no control group counts it, such as outside of a container."""
    for path, names in zip(STAT_FILES, COUNTED, strict=True):
        if rows := _rows(path):
            return round(sum(rows.get(name, 0) for name in names) / (1 << 20), 1)
    return 0.0


def oom_kills() -> int:
    """Return how many processes of the box were killed for memory so far; 0 where nothing counts them."""
    return next((rows[b"oom_kill"] for path in OOM_FILES if b"oom_kill" in (rows := _rows(path))), 0)


def _rows(path: str) -> dict[bytes, int]:
    """Return the rows of a file of names and numbers; nothing where there is no such file."""
    try:
        fd = os.open(path, os.O_RDONLY)
    except OSError:
        return {}
    try:
        return {name: int(number) for name, number in (line.split() for line in os.read(fd, CONTENT).splitlines())}
    finally:
        os.close(fd)


class Growth:
    """Watches how much memory a session has come to use at most.

    What a test leaves is collected in the time of a later one. Where that may be long, fresh processes go on.
    """

    def __init__(self) -> None:
        self._before = _peak()

    def is_large(self) -> bool:
        """Whether the peak has grown by more than collects in a few hundredths of a second."""
        return _peak() - self._before > LARGEST_GROWTH


def _peak() -> int:
    """Return the largest resident size of this process so far, bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
