"""Looks whether the head of a cluster is there. Ray ends a driver that misses it for a minute, without a word."""

import socket
import time
from collections.abc import Callable

LOOK_S = 5.0
"""Between two looks, and from the first one that found nobody to the note: a head that is only busy takes a connection."""
CONNECT_S = 2.0
"""Longest wait for the head to take a connection."""


class HeadWatch:
    """Asked again and again, it opens a connection now and then. address: host:port of Ray's control store."""

    def __init__(self, address: str, clock: Callable[[], float] = time.monotonic) -> None:
        host, _, port = address.rpartition(":")
        self._address, self._place = address, (host.strip("[]"), int(port))
        self._clock = clock
        self._next = clock() + LOOK_S
        self._missed = 0
        self._notes: tuple[str, ...] = ()

    def notes(self) -> tuple[str, ...]:
        """What to tell; stays once it was to be told."""
        if self._clock() >= self._next:
            self._missed = 0 if self._listens() else self._missed + 1
            self._next = self._clock() + LOOK_S
        if self._missed > 1:
            self._notes = (
                f"the head of the cluster ({self._address}) does not answer; unless it is back within a minute Ray ends this run: "
                "then start it again with `ray start --head`, and the same command resumes",
            )
        return self._notes

    def remedy(self, otherwise: str) -> str:
        """What to do now that the run cannot go on: start the head where it is gone, else what is given."""
        if self._listens():
            return otherwise
        return f"the head of the cluster ({self._address}) is gone: start it again with `ray start --head`, then {otherwise}"

    def _listens(self) -> bool:
        try:
            socket.create_connection(self._place, CONNECT_S).close()
        except OSError:
            return False
        return True
