"""Verdicts in memory: the least recently used go first when the bound in bytes is reached."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from coderm.scoring.board import Cell

ENTRY_BYTES = 360
"""What an entry without a detail takes, key, cell and place in the dictionary together (measured on CPython 3.11)."""


class MemoryCache:
    """At most `most_bytes` of verdicts. Not for several threads."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._cells: OrderedDict[bytes, Cell] = OrderedDict()
        self.bytes = 0
        """Bytes taken, by estimate."""

    def __len__(self) -> int:
        return len(self._cells)

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Cell]:
        """See ResultCache.get."""
        found = {key: cell for key in keys if (cell := self._cells.get(key)) is not None}
        for key in found:
            self._cells.move_to_end(key)
        return found

    def put(self, cells: Mapping[bytes, Cell]) -> None:
        """See ResultCache.put."""
        for key, cell in cells.items():
            if (old := self._cells.pop(key, None)) is not None:
                self.bytes -= _size(old)
            self._cells[key] = cell
            self.bytes += _size(cell)
        while self.bytes > self._most_bytes:
            self.bytes -= _size(self._cells.popitem(last=False)[1])

    def close(self) -> None:
        """Forget everything."""
        self._cells.clear()
        self.bytes = 0


def _size(cell: Cell) -> int:
    return ENTRY_BYTES + len(cell.detail)
