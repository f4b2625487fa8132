"""The one seam between this project's control flow and Ray: a worker is set up, called, and closed.

Everything above speaks to `Worker`; only RayWorker knows handles, object references and Ray's exceptions. Unit tests bring
workers of their own and run where importing ray is forbidden.
"""

import asyncio
import contextlib
import inspect
from collections.abc import Callable
from typing import Any, Protocol

from coderm.errors import AnswerLost, CodeRMError, InfrastructureError


class WorkerDied(InfrastructureError):
    """The process behind a worker is gone; nothing is known about the call under way."""


class StoreFull(AnswerLost):
    """Ray's object store had no room for what a worker is sent, or answers."""


class Worker(Protocol):
    """A process elsewhere with named methods of one argument."""

    async def setup(self) -> None:
        """Make it ready; raises the error its own setup raised, or WorkerDied."""

    async def call(self, method: str, argument: Any) -> Any:
        """Call and await a method; raises what the method raised, or WorkerDied."""

    async def close(self) -> None:
        """Close it in order, then kill it; never raises, safe to call twice."""


class RayWorker:
    """A Ray actor as a Worker. `handle` is an actor handle; `release` frees what was reserved for it (placement group)."""

    CLOSE_TIMEOUT_S = 15.0
    """Enough to remove a container and stop an engine; past it the actor is killed and its children die with it."""

    SIGN_TIMEOUT_S = 3.0
    """An actor that was never set up and gives no sign either waits for a place in the cluster: there is nothing to close."""

    def __init__(self, handle: Any, release: Callable[[], None] | None = None, setup_timeout_s: float = 900.0) -> None:
        self._handle = handle
        self._up = False
        self._release = release
        self._setup_timeout_s = setup_timeout_s

    async def setup(self) -> None:
        try:
            async with asyncio.timeout(self._setup_timeout_s):
                await self._ask("setup")
                self._up = True
        except TimeoutError:
            raise WorkerDied(f"an actor did not come up in {self._setup_timeout_s:.0f} s; the cluster may be full") from None

    async def call(self, method: str, argument: Any) -> Any:
        return await self._ask(method, argument)

    async def close(self) -> None:
        import ray

        with contextlib.suppress(TimeoutError, CodeRMError, ray.exceptions.RayError):
            if not self._up:
                async with asyncio.timeout(self.SIGN_TIMEOUT_S):
                    await self._ask("signs", None)
            async with asyncio.timeout(self.CLOSE_TIMEOUT_S):
                await self._ask("close")
        ray.kill(self._handle)
        if self._release is not None:
            self._release()

    async def _ask(self, method: str, *arguments: Any) -> Any:
        from ray.exceptions import RayError, RayTaskError

        try:
            return await getattr(self._handle, method).remote(*arguments)  # sending, too, fails where the store is full
        except RayTaskError as error:
            cause = getattr(error, "cause", None)
            if isinstance(cause, CodeRMError):
                raise cause from None
            raise
        except RayError as error:  # all others mean that process, node or answer is gone: nothing is known, nothing has failed
            raise lost(type(error).__name__, str(error)) from None


def lost(kind: str, text: str) -> InfrastructureError:
    """What a fault of Ray means for the call: its worker is gone, or only its answer, for which no worker need be replaced.

    kind: name of the exception's class.
    """
    reason = (text.strip() or kind).splitlines()[0]
    if kind in _NO_ROOM:
        room = "give it more with `ray start --object-store-memory`, or free the disk that it spills to"
        return StoreFull(f"Ray's object store had no room ({reason}); {room}")
    return WorkerDied(f"actor died: {reason}")


_NO_ROOM = frozenset({"ObjectStoreFullError", "OutOfDiskError"})


class LocalWorker:
    """A plain object of this process as a Worker, for machines and tests without Ray."""

    def __init__(self, target: Any) -> None:
        self._target = target

    async def setup(self) -> None:
        await self._target.setup()

    async def call(self, method: str, argument: Any) -> Any:
        answer = getattr(self._target, method)(argument)
        return await answer if inspect.isawaitable(answer) else answer

    async def close(self) -> None:
        await self._target.close()
