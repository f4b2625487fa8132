"""The tick of a running block: tells the owner that it goes on, and looks whether it is still wanted."""

import select
import time
from collections.abc import Callable

from ..confinement.watch import Interrupted
from ..transport.frames import read_frame

ALIVE_S = 2.0
"""Pause between two signs of life of a long block."""


class SignsOfLife:
    """May be called at any rate; the pause begins with the first call.

    After `listen`, a frame that comes while a block runs cancels it: raises Interrupted.
    """

    def __init__(self, inbound: int, send: Callable[[], None]) -> None:
        self._inbound = inbound
        self._send = send
        self._last = float("inf")
        self._poller: select.poll | None = None

    def listen(self) -> None:
        """Listen from now on: the block has been read, and whatever comes is not of it."""
        self._poller = select.poll()
        self._poller.register(self._inbound, select.POLLIN)

    def __call__(self) -> None:
        if self._poller is not None and any(event & select.POLLIN for _, event in self._poller.poll(0)):
            read_frame(self._inbound)
            raise Interrupted
        now = time.monotonic()
        if now - self._last > ALIVE_S:
            self._last = now
            self._send()
        self._last = min(self._last, now)
