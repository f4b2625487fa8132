"""Memory of the box, as its control group counts it: processes and files in memory, without the kernel's caches."""

STAT_FILES = ("/sys/fs/cgroup/memory.stat", "/sys/fs/cgroup/memory/memory.stat")
"""Where cgroup v2 and v1 count."""
COUNTED = ({"anon", "shmem"}, {"total_rss", "total_shmem"})


def memory_mb() -> float:
    """Return MiB in use by the box; 0 where no control group counts it, such as outside of a container."""
    for path, names in zip(STAT_FILES, COUNTED, strict=True):
        try:
            with open(path, encoding="ascii") as file:
                rows = dict(line.split() for line in file)
        except OSError:
            continue
        return round(sum(int(rows.get(name, 0)) for name in names) / (1 << 20), 1)
    return 0.0
