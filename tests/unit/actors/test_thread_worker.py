"""A blocking object as a worker: one call at a time, questions beside it, and an end that does not wait for the call."""

import asyncio
import threading

import pytest

from actors.thread_worker import ThreadWorker


class Blocking:
    """Blocks in `work` until it is released or ended."""

    def __init__(self):
        self.released = threading.Event()
        self.began = threading.Event()
        self.running = self.most = self.closed = 0

    def setup(self):
        self.most = 0

    def work(self, argument):
        self.running += 1
        self.most = max(self.most, self.running)
        self.began.set()
        assert self.released.wait(30)
        self.running -= 1
        if argument == "odd":
            raise ValueError(argument)
        return argument

    def signs(self, _):
        return self.running

    def end(self):
        self.released.set()

    def close(self):
        self.closed += 1


@pytest.fixture
def target():
    return Blocking()


@pytest.fixture
def worker(target):
    return ThreadWorker(target, frozenset({"signs"}), target.end)


def test_calls_run_one_after_the_other_and_questions_beside_them(target, worker):
    async def use():
        await worker.setup()
        calls = [asyncio.create_task(worker.call("work", name)) for name in ("a", "b", "odd")]
        await asyncio.to_thread(target.began.wait, 30)
        assert await worker.call("signs", None) == 1
        target.released.set()
        return await asyncio.gather(*calls, return_exceptions=True)

    *answers, error = asyncio.run(use())
    assert answers == ["a", "b"]
    assert isinstance(error, ValueError)
    assert target.most == 1


def test_closing_ends_the_call_under_way_and_drops_those_that_wait(target, worker):
    async def use():
        calls = [asyncio.create_task(worker.call("work", name)) for name in ("a", "b")]
        await asyncio.to_thread(target.began.wait, 30)
        await worker.close()
        await worker.close()
        return await asyncio.gather(*calls, return_exceptions=True)

    first, second = asyncio.run(use())
    assert first == "a"
    assert isinstance(second, asyncio.CancelledError)
    assert target.closed == 2
    assert target.running == 0


def test_a_call_that_is_given_up_leaves_the_worker_as_it_is(target, worker):
    async def use():
        call = asyncio.create_task(worker.call("work", "a"))
        await asyncio.to_thread(target.began.wait, 30)
        call.cancel()
        target.released.set()
        await asyncio.gather(call, return_exceptions=True)
        return await worker.call("work", "b")

    assert asyncio.run(use()) == "b"
