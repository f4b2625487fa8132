"""What is kept of judged groups: lines for `coderm rescore`, and statistics of the bank's tests. Neither can fail a reward."""

import asyncio
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from coderm.bank.records import ScoredGroup
from coderm.logs import get_log
from coderm.messages.case_rules import StopRule
from coderm.messages.execution import Outcome
from coderm.rewards.group import Group
from coderm.rewards.reward import Rewarded
from coderm.rewards.rollouts import lines_of
from coderm.service.ports import Bank
from coderm.storage.appending import append_lines

_log = get_log(__name__)


class RolloutLog:
    """Appends groups to a JSON Lines file, one write a group, so that no group is torn by another. path: None writes nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._turn = asyncio.Lock()
        self._failing = False
        self.unwritten = 0
        """Rollouts that the file could not take since the service started."""

    async def write(self, name: str, group: Group, rewarded: tuple[Rewarded, ...], stop: StopRule) -> None:
        """Append a group of programs."""
        await self.append(lines_of(name, group, rewarded, stop))

    async def append(self, found: Iterable[BaseModel]) -> None:
        """Append lines; a full disk costs them, is counted, and is told of once until lines are written again."""
        if self._path is None:
            return
        lines = [line.model_dump_json() + "\n" for line in found]
        async with self._turn:
            try:
                await asyncio.to_thread(append_lines, self._path, "".join(lines).encode())
            except OSError as error:
                self.unwritten += len(lines)
                if not self._failing:
                    _log.warning("rollouts not written", error=error)
                self._failing = True
            else:
                self._failing = False


class Recordings:
    """Groups being written, each in a task that is held until it ends, so that a deadline that passes takes no line with it."""

    def __init__(self, log: RolloutLog) -> None:
        self.log = log
        self._tasks: set[asyncio.Task[None]] = set()

    async def keep(self, recording: Coroutine[Any, Any, None]) -> None:
        """Start a recording and wait for it; a cancelled wait leaves it running."""
        task = asyncio.create_task(recording)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.shield(task)

    async def settle(self) -> None:
        """Wait for all of them."""
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def observe(bank: Bank, name: str, version: int, group: Group) -> None:
    """Tell the bank what a group showed of its tests; a bank that cannot take it in is logged."""
    verdicts = [rollout for rollout in group.rollouts if rollout.verdict is not None]
    if not version or not verdicts:
        return
    rows = [[Outcome(cell).value for cell in rollout.verdict.outcomes] for rollout in verdicts if rollout.verdict]
    texts = tuple(rollout.code for rollout in verdicts)
    try:
        await bank.observe([ScoredGroup(group.problem_id, version, np.array(rows, np.int8), texts, name)])
    except Exception as error:  # noqa: BLE001 - the boundary: statistics are worth less than the reward
        _log.error("group not counted", error=error)
