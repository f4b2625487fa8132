"""Memory of the box, as its control group counts it: processes and files in memory, without the kernel's caches.

Read without Python's files and patterns: in a fork each of those costs pages.
"""

import os

STAT_FILES = ("/sys/fs/cgroup/memory.stat", "/sys/fs/cgroup/memory/memory.stat")
"""Where cgroup v2 and v1 count."""
COUNTED = ({b"anon", b"shmem"}, {b"total_rss", b"total_shmem"})
OOM_FILES = ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control")
"""Where they count processes killed for memory."""
CONTENT = 1 << 16
"""Bytes of the longest such file."""


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
