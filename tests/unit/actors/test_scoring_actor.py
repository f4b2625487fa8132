"""The scoring actor: askers that hang up anywhere, executors that die, and a queue that promises nothing it cannot keep."""

import asyncio
import contextlib

import pytest
from boxed import Running, letters, request, settle

from coderm.errors import InfrastructureError
from coderm.messages.claims import Claim
from coderm.messages.execution import Outcome
from coderm.scoring.admission import Refused
from coderm.scoring.service import LEASE_S, Accepted


def run(work, **options):
    async def main():
        async with Running(**options) as (actor, hands):
            async with asyncio.timeout(60):
                return await work(actor, hands)

    return asyncio.run(main())


def test_a_request_is_judged_and_answered_in_the_order_of_its_programs():
    async def work(actor, hands):
        return [letters(verdict) for verdict in await actor.score(request("pfpf", "p", "f", "p"))]

    assert run(work) == ["pfpf", "pppp", "ffff", "pppp"]


def test_before_it_is_set_up_it_says_so():
    async def main():
        actor = Running().actor
        assert "started" in await actor.ready()
        with pytest.raises(InfrastructureError, match="set up"):
            await actor.score(request("p"))

    asyncio.run(main())


def test_verdicts_can_be_fetched_one_portion_after_the_other():
    async def work(actor, hands):
        accepted = await actor.submit(request("p", "f", "pf"))
        found, ended = {}, False
        while not ended:
            taken = await actor.take(accepted.number)
            found.update(taken.found)
            ended = taken.ended
        again = await actor.take(accepted.number)
        return sorted(found), again.ended, again.error

    places, ended, error = run(work)
    assert places == [0, 1, 2]
    assert ended
    assert "unknown" in error.message


def test_the_last_verdict_comes_together_with_the_end():
    async def work(actor, hands):
        accepted = await actor.submit(request("p", "p"))
        taken = await actor.take(accepted.number)
        return sorted(place for place, _ in taken.found), taken.ended, (await actor.load()).requests

    assert run(work) == ([0, 1], True, 0)


def test_whoever_hangs_up_at_any_await_leaves_executors_cache_and_others_as_they_were():
    """The asker is cut off after each number of steps; another asks at the same time, a third asks for the same afterwards."""

    async def work(actor, hands):
        reached = 0
        for steps in range(120):
            hands.gate.clear()
            mine = asyncio.create_task(actor.score(request(f"pf{'p' * steps}", "ff", "pp")))
            other = asyncio.create_task(actor.score(request(f"fp{'f' * steps}", "pp")))
            opens = asyncio.create_task(_open_after(steps % 30, hands.gate))
            for _ in range(steps):
                await asyncio.sleep(0)
            reached += not mine.done()
            mine.cancel()
            hands.gate.set()
            await asyncio.gather(mine, return_exceptions=True)
            verdicts = await other
            await opens
            assert [letters(verdict)[:2] for verdict in verdicts] == ["fp", "pp"]
            third = await actor.score(request(f"pf{'p' * steps}", "ff", "pp"))
            assert [letters(verdict)[:2] for verdict in third] == ["pf", "ff", "pp"]
            assert not any(Outcome.LOST in verdict.outcomes for verdict in third)
            load = await actor.load()
            assert (load.requests, load.pairs, load.waiting) == (0, 0, 0)
        await settle()
        assert hands.busy == []
        assert len(hands.all) == 2
        return reached

    assert run(work) > 20


async def _open_after(steps, gate):
    for _ in range(steps):
        await asyncio.sleep(0)
    gate.set()


def test_a_request_that_is_given_up_ends_its_blocks_where_they_run_and_never_sends_the_rest():
    async def work(actor, hands):
        hands.gate.clear()
        accepted = await actor.submit(request(*(f"p{'f' * number}" for number in range(200)), tests=8))
        await settle(500)
        under_way = set(hands.busy)
        assert len(under_way) == 2
        await actor.cancel(accepted.number)
        await settle()
        assert under_way <= set.union(*(hand.cancelled for hand in hands.all))
        assert hands.busy == []
        return sum(len(hand.ran) for hand in hands.all)

    assert run(work) == 2


def test_a_place_counts_as_taken_until_the_executor_has_answered():
    async def work(actor, hands):
        hands.gate.clear()
        first = asyncio.create_task(actor.score(request("p", "f")))
        await settle()
        for hand in hands.all:
            hand.under_way, kept = {}, hand.under_way  # a block that does not end when told to
            hand.kept = kept
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        second = asyncio.create_task(actor.score(request("e", "pe")))
        await settle()
        ran = sum(len(hand.ran) for hand in hands.all)
        for hand in hands.all:
            hand.under_way = hand.kept
        hands.gate.set()
        return ran, [letters(verdict) for verdict in await second]

    assert run(work) == (2, ["eeee", "pepe"])


def test_what_cannot_be_on_time_is_refused_at_once_and_nothing_is_promised():
    async def work(actor, hands):
        hands.gate.clear()
        kept = await actor.submit(request(*(f"p{'f' * number}" for number in range(500)), tests=16), 1000.0)
        refused = await actor.submit(request(*"pfe", tests=4), 1e-6)
        scored = await actor.score(request("p"), 1e-6)
        promised = await actor.submit(request("p"), 1e-6, True)
        return kept, refused, scored, promised

    kept, refused, scored, promised = run(work)
    assert isinstance(kept, Accepted)
    assert kept.wait_s > 0
    assert isinstance(refused, Refused)
    assert refused.retry_after_s > 0
    assert isinstance(scored, Refused)
    assert isinstance(promised, Accepted)


def test_a_request_that_nobody_comes_for_is_given_up():
    now = [0.0]

    async def work(actor, hands):
        hands.gate.clear()
        accepted = await actor.submit(request("p"))
        await settle()
        now[0] = LEASE_S + 1
        assert (await actor.load()).requests == 0
        await settle()
        assert hands.busy == []
        return (await actor.take(accepted.number)).error.message

    assert "left for too long" in run(work, clock=lambda: now[0])


class Asker:
    """A process that asks; `alive` is what Ray would know of it."""

    alive = True

    async def lives(self):
        return self.alive


def test_what_a_dead_caller_asked_for_is_ended_before_its_successor_asks():
    async def work(actor, hands):
        hands.gate.clear()
        askers = {name: Asker() for name in ("dead", "other")}
        for name, asker in askers.items():
            await actor.meet(name, asker)
        programs = [f"p{'f' * number}" for number in range(200)]
        mine, others = [await actor.submit(request(*programs, tests=8), None, False, name) for name in askers]
        assert await actor.claim("k", "digest", "dead") == Claim("mine")
        await settle(500)
        askers["dead"].alive = False
        await actor.meet("successor", Asker())
        assert (await actor.take(mine.number)).ended
        assert await actor.claim("k", "digest", "successor") == Claim("mine")
        before = sum(len(hand.ran) for hand in hands.all)
        await actor.cancel(others.number)
        await settle(500)
        again = await actor.submit(request("pf", "f"), None, False, "successor")
        hands.gate.set()
        ended = False
        while not ended:
            ended = (await actor.take(again.number)).ended
        return before, sum(len(hand.ran) for hand in hands.all)

    before, after = run(work)
    assert before <= 4  # two blocks under way, and two that took the places of those that were ended
    assert after <= before + 2  # nothing of the 200 programs was run beside the repetition


def test_a_caller_that_cannot_be_asked_counts_as_living():
    async def work(actor, hands):
        class Deaf(Asker):
            async def lives(self):
                raise TimeoutError

        hands.gate.clear()
        await actor.meet("deaf", Deaf())
        accepted = await actor.submit(request("p"), None, False, "deaf")
        await actor.meet("other", Asker())
        hands.gate.set()
        return (await actor.take(accepted.number)).error

    assert run(work) is None


def test_an_executor_that_dies_under_a_block_costs_nothing_but_time():
    async def work(actor, hands):
        hands.gate.clear()
        scoring = asyncio.create_task(actor.score(request("pf", "f", "p", "fp")))
        await settle()
        await hands.all[0].close()
        hands.gate.set()
        return [letters(verdict) for verdict in await scoring], len(hands.all)

    assert run(work) == (["pfpf", "ffff", "pppp", "fpfp"], 3)


def test_an_executor_that_falls_silent_is_replaced_and_its_block_run_elsewhere():
    async def work(actor, hands):
        hands.gate.clear()
        scoring = asyncio.create_task(actor.score(request("pf")))
        await settle()
        pool = actor._pool
        assert await pool.replace_silent(60.0, 0.0) == 0
        for hand in hands.all:
            hand.signs += 1
        assert await pool.replace_silent(60.0, 61.0) == 0
        assert await pool.replace_silent(60.0, 122.0) == 1
        hands.gate.set()
        return [letters(verdict) for verdict in await scoring]

    assert run(work) == ["pfpf"]


def test_draining_lets_nobody_in_and_finishes_what_was_let_in():
    async def work(actor, hands):
        hands.gate.clear()
        scoring = asyncio.create_task(actor.score(request("pf")))
        await settle()
        assert not await actor.drain(0.0)
        assert isinstance(await actor.submit(request("p")), Refused)
        hands.gate.set()
        assert await actor.drain(60.0)
        return [letters(verdict) for verdict in await scoring]

    assert run(work) == ["pfpf"]


def test_closing_under_load_ends_everything():
    async def main():
        running = Running()
        async with running as (actor, hands):
            hands.gate.clear()
            scoring = [asyncio.create_task(actor.score(request("pf" * number))) for number in range(1, 20)]
            await settle()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(60):
                answers = await asyncio.gather(*scoring, return_exceptions=True)
        assert all(isinstance(answer, Exception) or answer is not None for answer in answers)

    asyncio.run(main())
