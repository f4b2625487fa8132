"""Ids of blocks that were given up, at the executor: calls overtake each other, so a cancel may come before its block."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from coderm.errors import BlockCancelled

KEPT = 1024
"""Ids remembered: far more than blocks are queued on one executor."""


class GivenUpIds:
    """For one thread that runs blocks and another that gives them up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._running = ""

    def add(self, block_id: str) -> bool:
        """Note an id; return whether that block runs now."""
        with self._lock:
            self._ids[block_id] = None
            while len(self._ids) > KEPT:
                self._ids.popitem(last=False)
            return block_id == self._running

    @property
    def block_id(self) -> str:
        """The block that runs now; empty without any."""
        return self._running

    @contextmanager
    def running(self, block_id: str) -> Iterator[None]:
        """While a block runs. Raises BlockCancelled when it was given up before."""
        with self._lock:
            if block_id in self._ids:
                raise BlockCancelled(f"block {block_id} was given up before it began")
            self._running = block_id
        try:
            yield
        finally:
            with self._lock:
                self._running = ""
