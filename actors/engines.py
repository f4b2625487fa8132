"""Engines of roles for a service that outlives them: a pool starts when it is first needed, and anew after it has failed.

Never retries a call: who asks decides that. Knows no Ray: pools are made by who knows.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from actors.pool import Pool
from coderm.errors import ClusterError, CodeRMError
from coderm.logs import get_log
from coderm.messages.events import Generate, Sampled

_log = get_log(__name__)


@dataclass(eq=False, slots=True)
class _Engine:
    """One engine: its pool while it is up, what it says of itself, and how often it was started and why that failed last."""

    pool: Pool | None = None
    described: dict[str, str] = field(default_factory=dict)
    starts: int = 0
    failure: CodeRMError | None = None
    starting: asyncio.Lock = field(default_factory=asyncio.Lock)


class Engines:
    """Answers commands of roles. make: a pool for an engine, not started yet; roles: the engine of each role."""

    def __init__(self, make: Callable[[str], Pool], roles: Mapping[str, str]) -> None:
        self._make = make
        self._roles = dict(roles)
        self._engines = {name: _Engine() for name in roles.values()}

    @property
    def roles(self) -> frozenset[str]:
        """Roles that have an engine."""
        return frozenset(self._roles)

    async def model(self, role: str) -> str:
        """Name the model of a role, starting its engine if need be; raises as `sample` does."""
        engine = self._engines[self._roles[role]]
        await self._ready(self._roles[role], engine)
        return str(engine.described.get("model", ""))

    def described(self) -> dict[str, dict[str, str]]:
        """Backend, model and version of each role whose engine was up."""
        found = {role: self._engines[name].described for role, name in self._roles.items()}
        return {role: described for role, described in found.items() if described}

    async def sample(self, command: Generate) -> Sampled:
        """Answer one command. Raises what the engine raised; after ClusterError the next call starts it anew."""
        engine = self._engines[self._roles[command.role]]
        pool = await self._ready(self._roles[command.role], engine)
        try:
            answer: Sampled = await pool.call("sample", command)
        except ClusterError:
            await self._drop(engine, pool)
            raise
        return answer

    async def signs(self) -> int:
        """Tokens that the engines which are up have written; 0 where a backend cannot tell."""
        return sum(await asyncio.gather(*(engine.pool.signs() for engine in self._engines.values() if engine.pool is not None)))

    async def close(self) -> None:
        """Close every pool."""
        for engine in self._engines.values():
            if engine.pool is not None:
                await self._drop(engine, engine.pool)

    async def _ready(self, name: str, engine: _Engine) -> Pool:
        starts = engine.starts
        async with engine.starting:
            if engine.pool is None and engine.starts > starts and engine.failure is not None:
                raise engine.failure  # it failed while this call waited; trying at once again would keep everybody waiting
            if engine.pool is None:
                engine.pool = await self._started(name, engine)
            return engine.pool

    async def _started(self, name: str, engine: _Engine) -> Pool:
        engine.starts += 1
        pool = self._make(name)
        try:
            await pool.start()
            described = await pool.ask_all("describe")
        except BaseException as error:
            engine.failure = error if isinstance(error, CodeRMError) else None
            await pool.close()
            raise
        engine.described = dict(described[0]) if described else {}
        _log.info("engine started", engine=name)
        return pool

    async def _drop(self, engine: _Engine, pool: Pool) -> None:
        """Close a pool once, whoever found it broken first."""
        if engine.pool is pool:
            engine.pool = None
            await pool.close()
