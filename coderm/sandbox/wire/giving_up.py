"""Ends the block under way in a box: a frame of its own on the box's stream, sent from any thread.

A block is known by its id, so that a block which ended meanwhile, or the next one, is never ended in its place. The box answers
`cancelled`, or with the result where that was finished first; a cancel that comes too late is answered by nothing.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from coderm.errors import BlockCancelled, SandboxLost
from coderm.sandbox.runner.transport.frames import encode

CANCEL = encode({"type": "cancel"})
GRACE_S = 10.0
"""Longest time that a box which shows signs of life may take to end a block; past it the box is given up, too."""


class GivingUp:
    """Which block of one box runs, and which was given up. One thread runs blocks; any other may call `cancel`."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._given_up = ""
        self._running = ""
        self._tell: Callable[[bytes], None] = lambda frame: None
        self._told_at: float | None = None

    def cancel(self, block_id: str) -> None:
        """Give up a block: it ends if it runs, and does not begin if it comes."""
        with self._lock:
            self._given_up = block_id
            self._end_given_up()

    def begin(self, block_id: str) -> None:
        """Before a block's frame. Raises BlockCancelled when the block was given up."""
        with self._lock:
            self._told_at = None
            if block_id == self._given_up:
                raise BlockCancelled(f"block {block_id} was given up before it began")

    def sent(self, block_id: str, tell: Callable[[bytes], None]) -> None:
        """After a block's frame: from now on a cancel can be told."""
        with self._lock:
            self._running, self._tell = block_id, tell
            self._end_given_up()

    @contextmanager
    def sending(self) -> Iterator[bool]:
        """While more of a block's stream is sent, nothing comes between; gives whether the block is still wanted."""
        with self._lock:
            yield self._told_at is None

    def ended(self) -> None:
        """After a block's answer: a cancel that comes now is too late."""
        with self._lock:
            self._running = ""

    def check(self) -> None:
        """At a sign of life. Raises SandboxLost when the box does not end what was given up."""
        if self._told_at is not None and self._clock() - self._told_at > GRACE_S:
            raise SandboxLost(f"the sandbox does not end block {self._running}, which was given up")

    def _end_given_up(self) -> None:
        if self._running and self._running == self._given_up and self._told_at is None:
            self._told_at = self._clock()
            self._tell(CANCEL)
