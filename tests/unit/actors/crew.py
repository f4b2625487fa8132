"""Workers of this process: a crew that answers from a world, with the trouble a test asks for."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from builders import World


@dataclass
class Crew:
    """Spawns workers that answer from a world. `trouble(id, attempt)` returns an error to raise, or None."""

    world: World = field(default_factory=World)
    trouble: Callable[[str, int], Any] = lambda name, attempt: None
    spawned: list["CrewMember"] = field(default_factory=list)
    attempts: Counter = field(default_factory=Counter)
    under_way: int = 0
    cancelled: int = 0
    left: int = 0
    """Calls still under way when the run had ended."""

    def spawn(self):
        self.spawned.append(CrewMember(self))
        return self.spawned[-1]


class CrewMember:
    def __init__(self, crew):
        self.crew = crew
        self.closed = 0

    async def setup(self):
        pass

    async def call(self, method, argument):
        crew = self.crew
        name = next(getattr(argument, kind) for kind in ("command_id", "block_id", "request_id") if hasattr(argument, kind))
        crew.attempts[name] += 1
        crew.under_way += 1
        try:
            await asyncio.sleep(0)
            error = crew.trouble(name, crew.attempts[name])
            if isinstance(error, Exception):
                raise error
            if error is not None:
                return await error
        except asyncio.CancelledError:
            crew.cancelled += 1
            raise
        finally:
            crew.under_way -= 1
        if method == "features":
            return crew.world.states(argument)
        return crew.world.answer(argument) if method == "sample" else crew.world.run(argument)

    async def close(self):
        self.closed += 1
