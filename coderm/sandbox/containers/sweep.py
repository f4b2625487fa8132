"""Remove containers whose owner is gone: when an executor starts, while it works, when a run ends, and by command."""

import contextlib
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from coderm.config.schema import SandboxConfig
from coderm.errors import EngineError
from coderm.janitor import start_time
from coderm.sandbox.containers.engine import (
    LABEL_EXPIRES,
    LABEL_OWNER,
    LABEL_RUN,
    LABEL_UPTIME,
    call,
    connect,
    host_id,
    remove_container,
    uptime,
)

SWEEP_INTERVAL_S = 300.0
"""Between two sweeps of a working executor: a dead neighbour's containers hold memory no longer than that."""
NEVER_STARTED_S = 900.0
"""Age of a container that was made and not started, after which its maker has given it up: it was told to stop while the engine
still worked on it. A box that is being made is older for no more than two deadlines of the engine."""


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
class Listed:
    """A container of this project. reason: why it should go (`expired`, `owner dead`, `never started`), None: it stays."""

    container: str
    run_id: str
    owner: str
    state: str
    reason: str | None

    def __str__(self) -> str:
        return f"{self.container} (run {self.run_id or '?'}): {self.reason or 'asked for'}"


@dataclass(slots=True)
class Swept:
    """What a sweep removed, and what it could not, each with why."""

    removed: list[Listed] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def sweep(*, everything: bool = False, timeout_s: float = 30.0, now: float | None = None) -> Swept:
    """Remove this project's containers that are expired, never started or whose owner died; with `everything` all of them.

    Never touches a container without the project's label. One that cannot be removed keeps none of the others. `now` is unix
    seconds. Raises EngineError when no engine answers.
    """
    client, swept = connect(timeout_s), Swept()
    try:
        for item in _listed(client, time.time() if now is None else now):
            if everything or item.reason is not None:
                take(item, lambda name: remove_container(client, name), swept)
        return swept
    finally:
        client.close()


def sweep_in_passing(config: SandboxConfig) -> None:
    """Sweep at a run's end, where boxes are containers; what could not be removed is told, and an engine that is gone is not."""
    if config.type == "docker":
        with contextlib.suppress(EngineError):
            tell_failures(sweep())


def tell_failures(swept: Swept) -> None:
    """Say on standard error what could not be removed; nothing where all could."""
    if swept.failed:
        print(f"coderm: {len(swept.failed)} container(s) could not be removed; try `coderm gc`", file=sys.stderr)


def list_containers(timeout_s: float = 30.0) -> list[Listed]:
    """This project's containers on this machine. Raises EngineError when no engine answers."""
    client = connect(timeout_s)
    try:
        return _listed(client, time.time())
    finally:
        client.close()


def reason_to_remove(labels: Mapping[str, str], now: float) -> str | None:
    """Judge one container by its labels; an owner on another host counts as alive until the container expires.

    A container of this boot expires by the time since then, which no change of the clock moves.
    """
    owner, pid, started = [*labels.get(LABEL_OWNER, "").rsplit(":", 2), "", ""][:3]
    here = owner == host_id()
    try:
        limit, moment = (
            (labels[LABEL_UPTIME], uptime()) if here and LABEL_UPTIME in labels else (labels.get(LABEL_EXPIRES, ""), now)
        )
        if float(limit) < moment:
            return "expired"
    except ValueError:
        return "expired"
    if not here or not pid.isdigit():
        return None
    return None if str(start_time(int(pid))) == started else "owner dead"


def judge(row: Mapping[str, Any], now: float) -> Listed:
    """A container as the engine lists it, and why it should go."""
    labels, state = row["Labels"], str(row.get("State", ""))
    reason = reason_to_remove(labels, now)
    if reason is None and state == "created" and float(row.get("Created", now)) + NEVER_STARTED_S < now:
        reason = "never started"
    return Listed(str(row["Id"])[:12], labels.get(LABEL_RUN, ""), labels[LABEL_OWNER], state, reason)


def take(item: Listed, remove: Callable[[str], None], swept: Swept) -> None:
    """Remove one container and note what came of it."""
    try:
        remove(item.container)
    except EngineError as error:
        swept.failed.append(f"{item.container}: {error.message}")
    else:
        swept.removed.append(item)


def _listed(client: Any, now: float) -> list[Listed]:
    rows = call(lambda: client.containers(all=True, filters={"label": LABEL_OWNER}), "list containers")
    return [judge(row, now) for row in rows if LABEL_OWNER in (row["Labels"] or {})]
