"""What is kept of judged groups: lines for `coderm rescore`, and statistics of the bank's tests. Neither can fail a reward."""

import asyncio
from pathlib import Path

import numpy as np

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
        """Append a group; a full disk costs its lines, is counted, and is told of once until lines are written again."""
        if self._path is None:
            return
        lines = [line.model_dump_json() + "\n" for line in lines_of(name, group, rewarded, stop)]
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
