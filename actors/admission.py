"""Who may judge: an executor whose node is proved and whose sandbox is the run's own; none on a node in quarantine.

The first executors of a run are proved together. Those that come later, as replacements or on nodes that join, pass `admit`
before they get a block. A node where one cannot be set up is left alone for a while, and comes back by itself.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from actors.notes import Notes
from actors.quarantine import Quarantine
from actors.worker import Worker
from coderm.errors import CodeRMError, ImageChanged
from coderm.logs import get_log

_log = get_log(__name__)
PLACE_S = 10.0
"""Longest wait for an executor to say where it is."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an executor is: Ray's id of the node (the host's name without Ray), the host's name, and the process."""

    node: str = ""
    host: str = ""
    pid: int = 0

    def __str__(self) -> str:
        return f"{self.host}, process {self.pid}" if self.pid else "an unknown node"


class Admission:
    """One for each pool of executors. notes: are told which node does not serve, and why."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, notes: Notes | None = None) -> None:
        self._notes = notes or Notes()
        self._quarantine = Quarantine(clock)
        self._environment = ""
        self._proofs: dict[str, asyncio.Lock] = {}
        self._proved: set[str] = set()

    def open(self, environment: str, hosts: set[str]) -> None:
        """Take note of what the first executors showed: what verdicts depend on, and the hosts that are proved."""
        self._environment = environment
        self._proved |= hosts

    def avoided(self) -> tuple[str, ...]:
        """Ids of the nodes in quarantine."""
        return self._quarantine.held()

    async def place(self, worker: Worker) -> Place:
        """Where a worker is; an empty place where it does not say."""
        try:
            async with asyncio.timeout(PLACE_S):
                found: Place = await worker.call("place", None)
                return found
        except (TimeoutError, CodeRMError):
            return Place()

    async def admit(self, worker: Worker, place: Place) -> None:
        """Prove the node of an executor that is set up, unless it is. Raises ImageChanged for a sandbox of another image."""
        described = await worker.call("describe", None)
        if self._environment not in ("", described.environment):
            mine, run = described.environment, self._environment
            raise ImageChanged(
                f"{described.node} holds another sandbox image than the run ({mine}, not {run}); run `make image` there"
            )
        async with self._proofs.setdefault(described.node, asyncio.Lock()):
            if described.node not in self._proved:
                await worker.call("prove", None)
                self._proved.add(described.node)
                _log.info("node proved", sandboxes_of=described.node, environment=described.environment)
        if self._quarantine.well(place.node):
            _log.info("node returned", at=place.host)

    def refuse(self, place: Place, error: BaseException) -> None:
        """Leave a node alone for a while, since a worker there cannot serve."""
        if place.node:
            self._notes.add(f"no executor on {place.host}: {error}")
            _log.warning("node in quarantine", at=place.host, seconds=self._quarantine.failed(place.node))
