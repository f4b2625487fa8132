"""The one place that makes a cache of verdicts."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from coderm.scoring.board import Cell
from coderm.scoring.cache.base import NoCache, ResultCache
from coderm.scoring.cache.disk import DiskCache
from coderm.scoring.cache.memory import MemoryCache


class Layers:
    """A fast cache before a slow one: what the slow one knew, the fast one knows from then on."""

    def __init__(self, fast: ResultCache, slow: ResultCache) -> None:
        self._fast = fast
        self._slow = slow

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Cell]:
        """See ResultCache.get."""
        found = self._fast.get(keys)
        if len(found) < len(keys):
            more = self._slow.get([key for key in keys if key not in found])
            self._fast.put(more)
            found |= more
        return found

    def put(self, cells: Mapping[bytes, Cell]) -> None:
        """See ResultCache.put."""
        self._fast.put(cells)
        self._slow.put(cells)

    def close(self) -> None:
        """Close both."""
        self._fast.close()
        self._slow.close()


def make_cache(memory_mb: int, file: str = "") -> ResultCache:
    """Return a cache of at most `memory_mb` MiB in memory, and of a file where one is named. Raises StorageError."""
    memory: ResultCache = MemoryCache(memory_mb << 20) if memory_mb else NoCache()
    return Layers(memory, DiskCache(Path(file))) if file else memory
