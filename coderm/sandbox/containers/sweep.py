"""Remove containers whose owner is gone: when an executor starts, while it works, when a run ends, and by command."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from coderm.sandbox.containers.engine import (
    LABEL_EXPIRES,
    LABEL_OWNER,
    LABEL_RUN,
    call,
    connect,
    host_id,
    remove_container,
    start_time,
)

SWEEP_INTERVAL_S = 300.0
"""Between two sweeps of a working executor: a dead neighbour's containers hold memory no longer than that."""


class SweepTimer:
    """Says when the next sweep is due; `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._next = clock() + SWEEP_INTERVAL_S

    def due(self) -> bool:
        """Whether a sweep is due; after True it is due again in SWEEP_INTERVAL_S."""
        now = self._clock()
        if now < self._next:
            return False
        self._next = now + SWEEP_INTERVAL_S
        return True


@dataclass(frozen=True, slots=True)
class Removed:
    """A container that was removed, and why: `all`, `expired` or `owner dead`."""

    container: str
    run_id: str
    reason: str

    def __str__(self) -> str:
        return f"{self.container} (run {self.run_id or '?'}): {self.reason}"


def sweep(*, everything: bool = False, timeout_s: float = 30.0, now: float | None = None) -> list[Removed]:
    """Remove this project's containers that are expired or whose owner died; with `everything` all of them.

    Never touches a container without the project's label. `now` is unix seconds. Raises EngineError when no engine answers.
    """
    client = connect(timeout_s)
    try:
        listed = call(lambda: client.containers(all=True, filters={"label": LABEL_OWNER}), "list containers")
        moment = time.time() if now is None else now
        removed = [_removal(row, everything=everything, now=moment) for row in listed]
        for item in removed:
            if item is not None:
                remove_container(client, item.container)
        return [item for item in removed if item is not None]
    finally:
        client.close()


def reason_to_remove(labels: Mapping[str, str], now: float) -> str | None:
    """Judge one container by its labels; an owner on another host counts as alive until the container expires."""
    try:
        if float(labels.get(LABEL_EXPIRES, "")) < now:
            return "expired"
    except ValueError:
        return "expired"
    host, pid, started = [*labels.get(LABEL_OWNER, "").rsplit(":", 2), "", ""][:3]
    if host != host_id() or not pid.isdigit():
        return None
    return None if str(start_time(int(pid))) == started else "owner dead"


def _removal(row: Mapping[str, Any], *, everything: bool, now: float) -> Removed | None:
    labels: Mapping[str, str] = row["Labels"] or {}
    if LABEL_OWNER not in labels:
        return None
    reason = "all" if everything else reason_to_remove(labels, now)
    return Removed(str(row["Id"])[:12], labels.get(LABEL_RUN, ""), reason) if reason else None
