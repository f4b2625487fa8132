"""A crew that writes tests for a bank, and the loop that its tests run in."""

import asyncio
import functools
from dataclasses import dataclass, field

from crew import Crew, CrewMember

ENDLESS_S = 60
"""Far more than any of this takes; only a hang reaches it."""


def in_loop(test):
    @functools.wraps(test)
    def run(*arguments, **named):
        return asyncio.run(asyncio.wait_for(test(*arguments, **named), ENDLESS_S))

    return run


@dataclass
class Press(Crew):
    """A crew that writes tests and says which model it is. starts: errors that its starts raise, in order."""

    starts: list = field(default_factory=list)

    def spawn(self):
        self.spawned.append(PressMember(self))
        return self.spawned[-1]


class PressMember(CrewMember):
    async def setup(self):
        if self.crew.starts and (error := self.crew.starts.pop(0)) is not None:
            raise error

    async def call(self, method, argument):
        return {"model": "tiny"} if method == "describe" else await super().call(method, argument)
