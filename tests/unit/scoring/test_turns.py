"""Turns: by deadline, then in turn; a place is never lost, whenever its holder is cancelled."""

import asyncio

from coderm.scoring.turns import Turns


def test_the_earliest_deadline_goes_first_and_equal_ones_take_turns():
    order = []

    async def run():
        turns = Turns(1)

        async def go(name, deadline, number):
            async with turns.turn(deadline, number):
                order.append(name)
                await asyncio.sleep(0)

        async with turns.turn(0.0, 0):
            jobs = [go("a0", 9.0, 0), go("a1", 9.0, 1), go("b0", 9.0, 0), go("b1", 9.0, 1), go("soon", 1.0, 5)]
            tasks = [asyncio.create_task(job) for job in jobs]
            await asyncio.sleep(0)
            assert turns.waiting == 5
        await asyncio.gather(*tasks)

    asyncio.run(run())
    assert order == ["soon", "a0", "b0", "a1", "b1"]


def test_no_place_is_lost_whenever_holders_and_waiters_are_cancelled():
    async def run():
        turns = Turns(2)

        async def hold():
            async with turns.turn(1.0, 0):
                await asyncio.sleep(0.001)

        for steps in range(6):
            tasks = [asyncio.create_task(hold()) for _ in range(8)]
            for _ in range(steps):
                await asyncio.sleep(0)
            for task in tasks[::2]:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        async with asyncio.timeout(10), turns.turn(1.0, 0), turns.turn(1.0, 0):
            assert turns.waiting == 0

    asyncio.run(run())


def test_a_turn_that_is_granted_and_cancelled_in_one_moment_goes_to_the_next():
    async def run():
        turns, got = Turns(1), []

        async def hold(name):
            async with turns.turn(1.0, 0):
                got.append(name)

        async with turns.turn(1.0, 0):
            first, second = (asyncio.create_task(hold(name)) for name in ("first", "second"))
            await asyncio.sleep(0)
        first.cancel()  # granted by now, not running yet
        async with asyncio.timeout(10):
            await asyncio.gather(first, second, return_exceptions=True)
        return got

    assert asyncio.run(run()) == ["second"]
