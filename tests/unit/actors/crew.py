"""Workers of this process: a crew that answers from a world, with the trouble a test asks for."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from builders import World

from actors.admission import Place
from actors.executor import Description


@dataclass
class Crew:
    """Spawns workers that answer from a world. `trouble(id, attempt)` returns an error to raise, or None."""

    world: World = field(default_factory=World)
    trouble: Callable[[str, int], Any] = lambda name, attempt: None
    spawned: list["CrewMember"] = field(default_factory=list)
    attempts: Counter = field(default_factory=Counter)
    under_way: int = 0
    cancelled: int = 0
    looks: int = 0
    """How often workers were asked for signs of life."""
    signs: object = lambda: 0
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
        if method == "signs":
            crew.looks += 1
            return crew.signs()
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


@dataclass
class Company(Crew):
    """A crew whose workers also describe themselves and prove their sandbox."""

    environments: tuple[str, ...] = ("box", "box")
    nodes: tuple[str, ...] = ("n1", "n1")
    proved: list[str] = field(default_factory=list)
    executors: int = 0
    engines: list[str] = field(default_factory=list)
    avoided: list[tuple[str, ...]] = field(default_factory=list)

    def spawn_generator(self, engine):
        self.engines.append(Path(engine.path).name)
        return self._hired(Employee(self, {"backend": engine.type}))

    def spawn_executor(self, config, run_id, avoid):
        self.avoided.append(avoid)
        place, self.executors = self.executors, self.executors + 1
        return self._hired(Employee(self, Description(self.nodes[place], self.environments[place])))

    def _hired(self, employee):
        self.spawned.append(employee)
        return employee


class Employee(CrewMember):
    def __init__(self, crew, description):
        super().__init__(crew)
        self.description = description

    async def call(self, method, argument):
        if method == "describe":
            return self.description
        if method == "place":
            return Place(self.description.node, self.description.node, 1)
        if method == "prove":
            return self.crew.proved.append(self.description.node)
        return await super().call(method, argument)
