"""The pool: who gets the next call, and what happens when a worker dies."""

import asyncio
import functools
from dataclasses import dataclass, field

import pytest

from actors.pool import Pool
from actors.worker import StoreFull, WorkerDied, lost
from coderm.errors import ClusterError, EngineError, SandboxLost


@dataclass
class Hand:
    """A worker that answers when told to; `trouble` is raised in its place."""

    number: int
    setup_error: Exception | None = None
    calls: list[object] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    trouble: Exception | None = None
    closed: int = 0

    async def setup(self):
        if self.setup_error is not None:
            raise self.setup_error

    async def call(self, method, argument):
        self.calls.append(argument)
        await self.gate.wait()
        if self.trouble is not None:
            raise self.trouble
        return self.number, method, argument

    async def close(self):
        self.closed += 1


class Hands:
    """Spawns hands; `errors` are the setup errors of the first, second, ... one; a ClusterError in `refused` refuses to spawn."""

    def __init__(self, errors=(), refused=()):
        self.all = []
        self._errors = dict(enumerate(errors))
        self._refused = list(refused)

    def spawn(self):
        if self.all and self._refused:
            raise self._refused.pop(0)
        self.all.append(Hand(len(self.all), self._errors.get(len(self.all))))
        return self.all[-1]

    def open(self):
        for hand in self.all:
            hand.gate.set()


def a_pool(hands, size=2, in_flight=2, **options):
    return Pool("executors", hands.spawn, size, in_flight, pause_s=0.0, **options)


async def started(hands, **options):
    pool = a_pool(hands, **options)
    await pool.start()
    return pool


async def first_dies(pool, hands):
    """Let the first worker die under a call, which is told so; later workers answer."""
    hands.all[0].trouble = WorkerDied("gone")
    hands.open()
    with pytest.raises(WorkerDied, match="gone"):
        await pool.call("execute", 1)


def looped(test):
    """Run a test in an event loop of its own; a hang is a failure."""

    @functools.wraps(test)
    def run(*arguments, **named):
        return asyncio.run(asyncio.wait_for(test(*arguments, **named), 20))

    return run


async def settled():
    """Let everything that can go on without the outside go on."""
    for _ in range(20):
        await asyncio.sleep(0)


async def until(condition):
    while not condition():
        await asyncio.sleep(0.001)


def calls(pool, count):
    return [asyncio.create_task(pool.call("execute", number)) for number in range(count)]


@looped
async def test_the_least_loaded_worker_takes_the_next_call_and_none_takes_more_than_the_cap():
    hands = Hands()
    pool = await started(hands, size=2, in_flight=2)
    tasks = calls(pool, 6)
    await settled()
    assert [hand.calls for hand in hands.all] == [[0, 2], [1, 3]]
    hands.all[1].gate.set()
    await settled()
    assert hands.all[1].calls == [1, 3, 4, 5]
    hands.open()
    assert [answer[2] for answer in await asyncio.gather(*tasks)] == list(range(6))
    await pool.close()


@looped
async def test_a_worker_that_dies_is_closed_and_replaced_and_its_call_is_told_to_the_caller():
    hands = Hands()
    pool = await started(hands, size=1)
    await first_dies(pool, hands)
    again = asyncio.create_task(pool.call("execute", 1))
    await until(lambda: len(hands.all) == 2)
    hands.open()
    assert await again == (1, "execute", 1)
    await pool.close()
    assert [hand.closed for hand in hands.all] == [1, 1]


@looped
async def test_two_calls_that_die_with_one_worker_replace_it_once():
    hands = Hands()
    pool = await started(hands, size=1, in_flight=2)
    tasks = calls(pool, 2)
    await settled()
    hands.all[0].trouble = WorkerDied("gone")
    hands.open()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [WorkerDied, WorkerDied]
    await until(lambda: pool.alive == 1)
    await settled()
    assert len(hands.all) == 2
    await pool.close()


@pytest.mark.parametrize("error", [SandboxLost("box"), EngineError("image"), ValueError("x")])
@looped
async def test_an_error_of_the_call_itself_keeps_the_worker(error):
    hands = Hands()
    pool = await started(hands, size=1)
    hands.all[0].trouble = error
    hands.open()
    with pytest.raises(type(error)):
        await pool.call("execute", 1)
    await settled()
    assert (len(hands.all), hands.all[0].closed, pool.alive) == (1, 0, 1)
    await pool.close()


@looped
async def test_a_worker_that_dies_leaves_the_others_at_work():
    hands = Hands()
    pool = await started(hands, size=2, in_flight=1)
    hands.all[0].trouble = WorkerDied("gone")
    hands.open()
    answers = await asyncio.gather(*calls(pool, 2), return_exceptions=True)
    assert isinstance(answers[0], WorkerDied)
    assert answers[1] == (1, "execute", 1)
    await pool.close()


@pytest.mark.parametrize("error", [EngineError("no image"), WorkerDied("gone again"), RuntimeError("unexpected")])
@looped
async def test_replacements_that_cannot_be_set_up_end_in_an_error_that_names_the_pool_and_the_last_cause(error):
    hands = Hands(errors=[None, *[error] * 9])
    pool = await started(hands, size=1, max_replacements=3)
    await first_dies(pool, hands)
    with pytest.raises(ClusterError, match=f"executors: workers keep dying .last: {error}.; see the Ray logs"):
        await pool.call("execute", 1)
    assert len(hands.all) == 4
    await pool.close()
    assert [hand.closed for hand in hands.all] == [1, 1, 1, 1]


@looped
async def test_a_lasting_pool_serves_again_once_a_worker_comes_up_after_it_gave_up():
    hands = Hands(errors=[None, *[EngineError("no engine")] * 9])
    pool = await started(hands, size=1, max_replacements=3, lasting=True)
    await first_dies(pool, hands)
    with pytest.raises(ClusterError, match=r"executors: workers keep dying .last: no engine"):
        await pool.call("execute", 1)
    await until(lambda: pool.alive == 1)
    hands.open()
    assert await pool.call("execute", 2) == (10, "execute", 2)
    await pool.close()
    with pytest.raises(ClusterError, match="closed"):
        await pool.call("execute", 3)


@looped
async def test_a_replacement_that_cannot_be_placed_at_once_is_tried_again():
    hands = Hands(refused=[ClusterError("no GPU free")] * 2)
    pool = await started(hands, size=1)
    await first_dies(pool, hands)
    await until(lambda: pool.alive == 1)
    assert len(hands.all) == 2
    await pool.close()


@looped
async def test_a_node_whose_engine_fails_does_not_end_the_run_while_others_are_at_work():
    hands = Hands(errors=[None, None, *[EngineError("no engine")] * 9])
    pool = await started(hands, size=2, max_replacements=3)
    await first_dies(pool, hands)
    await until(lambda: pool.alive == 2)
    assert len(hands.all) == 12
    assert await pool.call("execute", 1) in ((1, "execute", 1), (11, "execute", 1))
    await pool.close()


@looped
async def test_answered_calls_earn_new_replacements():
    hands = Hands()
    pool = await started(hands, size=1, max_replacements=1)
    for number in range(4):
        await until(lambda: pool.alive == 1)
        hands.open()
        assert await pool.call("execute", number) == (number, "execute", number)
        hands.all[-1].trouble = WorkerDied("gone")
        with pytest.raises(WorkerDied):
            await pool.call("execute", number)
    await pool.close()


@looped
async def test_a_first_setup_that_fails_is_told_as_it_is_and_all_are_closed():
    hands = Hands(errors=[None, EngineError("build the image with `make image`")])
    pool = a_pool(hands, size=3)
    with pytest.raises(EngineError, match="make image"):
        await pool.start()
    await pool.close()
    assert [hand.closed for hand in hands.all] == [1, 1, 1]


@looped
async def test_a_worker_that_dies_while_it_is_set_up_is_told_with_the_pool_and_the_remedy():
    hands = Hands(errors=[WorkerDied("did not come up in 180 s")])
    pool = a_pool(hands)
    with pytest.raises(ClusterError, match="executors: did not come up in 180 s; see `ray status`"):
        await pool.start()
    await pool.close()


@looped
async def test_closing_stops_a_replacement_under_way_and_closes_it():
    class Slow(Hands):
        def spawn(self):
            hand = super().spawn()
            if hand.number:
                hand.setup = asyncio.Event().wait  # never comes up
            return hand

    hands = Slow()
    pool = await started(hands, size=1)
    await first_dies(pool, hands)
    await until(lambda: len(hands.all) == 2)
    await settled()
    await pool.close()
    assert [hand.closed for hand in hands.all] == [1, 1]


@looped
async def test_a_dead_worker_whose_closing_is_cut_short_is_closed_with_the_pool():
    class Sticky(Hand):
        async def close(self):
            await super().close()
            if self.closed == 1:
                await asyncio.Event().wait()

    class StickyHands(Hands):
        def spawn(self):
            self.all.append(Sticky(len(self.all)))
            return self.all[-1]

    hands = StickyHands()
    pool = await started(hands, size=1)
    await first_dies(pool, hands)
    await settled()
    await pool.close()
    assert hands.all[0].closed == 2


@looped
async def test_a_closed_pool_answers_no_call_and_is_closed_once():
    hands = Hands()
    pool = await started(hands)
    await pool.close()
    await pool.close()
    assert [hand.closed for hand in hands.all] == [1, 1]
    with pytest.raises(ClusterError, match="the pool is closed"):
        await pool.call("execute", 1)


@looped
async def test_a_question_to_one_worker_of_each_group_goes_to_the_first():
    hands = Hands()
    pool = await started(hands, size=4)
    hands.open()
    assert [answer[0] for answer in await pool.ask_all("describe")] == [0, 1, 2, 3]
    await pool.ask_one_each("prove", ["n1", "n2", "n1", "n2"])
    assert [len(hand.calls) for hand in hands.all] == [2, 2, 1, 1]
    await pool.close()


@looped
async def test_of_calls_that_wait_the_most_urgent_goes_first_and_equals_in_their_order():
    hands = Hands()
    pool = await started(hands, size=1, in_flight=1)
    urgencies = {"a": (9.0,), "b": (2.0,), "c": (1.0, 5.0), "d": (1.0,), "e": (2.0,)}
    tasks = [asyncio.create_task(pool.call("execute", name, urgency)) for name, urgency in urgencies.items()]
    await settled()
    hands.open()
    await asyncio.gather(*tasks)
    assert hands.all[0].calls == ["a", "d", "c", "b", "e"]
    await pool.close()


@looped
async def test_a_call_given_up_while_it_waits_keeps_no_place():
    hands = Hands()
    pool = await started(hands, size=1, in_flight=1)
    tasks = calls(pool, 3)
    await settled()
    tasks[1].cancel()
    hands.open()
    tasks[0].cancel()  # its place goes to the second, which has gone: the third gets it
    await asyncio.gather(*tasks, return_exceptions=True)
    assert tasks[2].result()[2] == 2
    assert await pool.call("execute", 3) == (0, "execute", 3)
    await pool.close()


@looped
async def test_a_place_that_is_given_to_a_call_as_it_is_given_up_goes_to_the_next():
    hands = Hands()
    pool = await started(hands, size=1, in_flight=1)
    tasks = calls(pool, 3)
    await settled()
    hands.open()
    while not tasks[0].done():
        await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.wait(tasks)
    assert tasks[2].result()[2] == 2
    await pool.close()


def test_a_full_object_store_is_no_death_of_a_worker():
    full = lost("ObjectStoreFullError", "The local object store of node abc is full.\nmore")
    assert isinstance(full, StoreFull)
    assert not isinstance(full, WorkerDied)
    assert "is full.); give it more with `ray start --object-store-memory`" in full.message
    assert isinstance(lost("OutOfDiskError", ""), StoreFull)
    died = lost("ActorUnavailableError", "")
    assert (type(died), died.message) == (WorkerDied, "actor died: ActorUnavailableError")
