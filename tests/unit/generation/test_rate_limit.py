"""The pacer spaces starts evenly."""

import asyncio

from coderm.generation.rate_limit import Pacer


class Time:
    def __init__(self):
        self.now = 100.0
        self.slept = []

    def clock(self):
        return self.now

    async def sleep(self, seconds):
        self.slept.append(seconds)


def test_callers_at_one_moment_get_places_a_gap_apart():
    time = Time()
    pacer = Pacer(30, time.clock, time.sleep)

    async def run():
        for _ in range(3):
            await pacer.wait()

    asyncio.run(run())
    assert time.slept == [2.0, 4.0]


def test_a_late_caller_does_not_wait_and_saves_nothing_up():
    time = Time()
    pacer = Pacer(60, time.clock, time.sleep)

    async def run():
        await pacer.wait()
        time.now += 60
        await pacer.wait()
        await pacer.wait()

    asyncio.run(run())
    assert time.slept == [1.0]


def test_zero_sets_no_limit():
    time = Time()
    pacer = Pacer(0, time.clock, time.sleep)

    async def run():
        for _ in range(100):
            await pacer.wait()

    asyncio.run(run())
    assert time.slept == []
