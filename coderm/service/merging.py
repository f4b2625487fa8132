"""Several streams as one."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import TypeVar

T = TypeVar("T")


async def merged(streams: Sequence[AsyncGenerator[T, None]]) -> AsyncGenerator[T, None]:
    """Yield what streams yield as it comes; closing closes all, and an error of one is raised when all have ended."""
    queue: asyncio.Queue[T | None] = asyncio.Queue()
    pumps = [asyncio.create_task(_pump(stream, queue)) for stream in streams]
    try:
        left = len(pumps)
        while left:
            thing = await queue.get()
            if thing is None:
                left -= 1
            else:
                yield thing
        await asyncio.gather(*pumps)
    finally:
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)


async def _pump(stream: AsyncGenerator[T, None], queue: asyncio.Queue[T | None]) -> None:
    """Move a stream into the queue; None: it has ended."""
    try:
        async for thing in stream:
            queue.put_nowait(thing)
    finally:
        try:
            await stream.aclose()
        finally:
            queue.put_nowait(None)
