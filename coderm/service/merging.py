"""Several streams as one."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import TypeVar

T = TypeVar("T")


async def merged(streams: Sequence[AsyncGenerator[T, None]]) -> AsyncGenerator[T, None]:
    """Yield what streams yield as it comes; closing, or an error of one, closes all."""
    queue: asyncio.Queue[T] = asyncio.Queue()
    pumps = [asyncio.create_task(_pump(stream, queue)) for stream in streams]
    ended = asyncio.gather(*pumps)
    try:
        while not (ended.done() and queue.empty()):
            waiting = asyncio.create_task(queue.get())
            try:
                await asyncio.wait({waiting, ended}, return_when=asyncio.FIRST_COMPLETED)
                if waiting.done():
                    yield waiting.result()
                elif ended.exception() is not None:
                    break
            finally:
                waiting.cancel()
        ended.result()
    finally:
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
        if ended.done() and not ended.cancelled():
            ended.exception()


async def _pump(stream: AsyncGenerator[T, None], queue: asyncio.Queue[T]) -> None:
    try:
        async for thing in stream:
            queue.put_nowait(thing)
    finally:
        await stream.aclose()
