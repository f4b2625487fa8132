"""Work is done in tasks that no request started, and what waits for it may go."""

import asyncio
import contextvars

import pytest
from served import until

from coderm.service.background import Background
from coderm.service.merging import merged

ASKER = contextvars.ContextVar("asker", default="nobody")


def run(scenario):
    async def whole():
        background = Background()
        background.start()
        try:
            await scenario(background)
        finally:
            await background.close()

    asyncio.run(whole())


def test_work_does_not_see_the_context_of_who_handed_it_over():
    async def who():
        return ASKER.get()

    async def scenario(background):
        ASKER.set("a request")
        assert await who() == "a request"
        assert await background.run(who).result() == "nobody"

    run(scenario)


def test_a_wait_that_is_cancelled_leaves_the_work_running():
    async def scenario(background):
        go = asyncio.Event()
        work = background.run(go.wait)
        waiting = asyncio.ensure_future(work.result())
        await until(lambda: work.task is not None, "it has begun")
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        go.set()
        assert await work.result()

    run(scenario)


def test_work_can_be_cancelled_before_and_after_it_began():
    async def scenario(background):
        begun = []

        async def work():
            begun.append(1)
            await asyncio.Event().wait()

        early, late = background.run(work), background.run(work)
        early.cancel()
        await until(lambda: late.task is not None and begun == [1], "the other has begun")
        late.cancel()
        for one in (early, late):
            with pytest.raises(asyncio.CancelledError):
                await one.result()

    run(scenario)


def test_an_error_comes_to_who_waits():
    async def failing():
        raise ValueError("it")

    async def scenario(background):
        with pytest.raises(ValueError, match="it"):
            await background.run(failing).result()
        assert await background.run(lambda: asyncio.sleep(0, "still there")).result() == "still there"

    run(scenario)


async def numbers(*values, end=None):
    for value in values:
        await asyncio.sleep(0)
        yield value
    if end is not None:
        raise end


def test_streams_are_merged_and_the_others_are_read_to_their_end_when_one_fails():
    async def scenario():
        assert sorted([n async for n in merged([numbers(1, 2), numbers(), numbers(3)])]) == [1, 2, 3]
        assert [n async for n in merged([])] == []
        found = []

        async def read(stream):
            async for number in stream:
                found.append(number)

        with pytest.raises(ValueError, match="broke"):
            await read(merged([numbers(1, end=ValueError("broke")), numbers(2, 3, 4)]))
        assert sorted(found) == [1, 2, 3, 4]

    asyncio.run(scenario())


def test_closing_a_merged_stream_closes_its_parts():
    closed = []

    async def endless(name):
        try:
            while True:
                await asyncio.sleep(0)
                yield name
        finally:
            closed.append(name)

    async def scenario():
        stream = merged([endless("a"), endless("b")])
        await anext(stream)
        await stream.aclose()

    asyncio.run(scenario())
    assert sorted(closed) == ["a", "b"]
