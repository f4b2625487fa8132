"""A call that was taken in: its rewards as they come, for any number of listeners."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from coderm.client.contract import Call, ProgramReward, RewardStatus, ScoreItem, WriterItem
from coderm.service.background import Work
from coderm.service.ports import Refused

MESSAGES: dict[RewardStatus, str] = {
    "deadline": "the call's deadline_s was over before this program was judged; send it again, or allow more time",
    "cancelled": "every client that waited for this call went away; send it again",
    "lost": "the service failed at this call, its log says how; send it again",
}


class Job:
    """One call. `rewards`: in the order they came. It is settled once it was accepted or refused, and ended when all are there."""

    def __init__(self, call: Call, arrived: float) -> None:
        self.call = call
        self.arrived = arrived
        self.rewards: list[ProgramReward] = []
        self.times: list[float] = []
        self.refusal: Refused | None = None
        self.accepted = False
        self.listeners = 0
        self.work: Work[None] | None = None
        self.dropped = False
        self.told = False
        """Whether the rewards are those of an earlier call with the same key."""
        items: Sequence[ScoreItem | WriterItem] = call.items
        self._open = {(i, j): None for i, item in enumerate(items) for j in range(item.answers)}
        self._places = len(self._open)
        self._changed = asyncio.Event()

    @property
    def ended(self) -> bool:
        """Whether every program has its reward, or the call was refused."""
        return self.refusal is not None or (self.accepted and not self._open)

    @property
    def programs(self) -> int:
        """Programs of the call."""
        return self._places

    def accept(self) -> None:
        """From here on every program gets a reward or a null."""
        self.accepted = True
        self._wake()

    def refuse(self, refusal: Refused) -> None:
        """Say no; only before `accept`."""
        self.refusal = refusal
        self._wake()

    def add(self, reward: ProgramReward, elapsed_s: float) -> bool:
        """Take a reward in; False: that program has one already."""
        if (reward.item, reward.program) not in self._open:
            return False
        del self._open[reward.item, reward.program]
        self.rewards.append(reward)
        self.times.append(elapsed_s)
        self._wake()
        return True

    def nulls(self, status: RewardStatus) -> list[ProgramReward]:
        """An explicit null for every program that has no reward yet."""
        told = MESSAGES[status]
        return [
            ProgramReward(item=i, program=j, reward=None, status=status, caused_by="service", message=told) for i, j in self._open
        ]

    def ordered(self) -> tuple[ProgramReward, ...]:
        """All rewards in the order of items and programs."""
        return tuple(sorted(self.rewards, key=lambda reward: (reward.item, reward.program)))

    def forget_call(self) -> None:
        """Let go of the programs' texts; only once it has ended."""
        self.call = self.call.model_copy(update={"items": ()})

    async def settled(self) -> None:
        """Wait until the call is accepted; raises Refused."""
        while not self.accepted and self.refusal is None:
            await self._changed.wait()
        if self.refusal is not None:
            raise self.refusal

    async def follow(self) -> AsyncGenerator[ProgramReward, None]:
        """Yield every reward from the first on, until the call has ended."""
        place = 0
        while True:
            while place < len(self.rewards):
                yield self.rewards[place]
                place += 1
            if self.ended:
                return
            await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
